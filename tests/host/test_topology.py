from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.dependency import Edge
from probed.host import systemd
from probed.host.topology import HostTopology
from tests.host.scripted import booted
from tests.real.docker_engine import IMAGE, docker_engine

UNITS = """\
Id=shop.service
Requires=postgresql.service sysinit.target system.slice
BindsTo=
PartOf=web.service
Wants=redis.service network-online.target mail.service
After=redis.service postgresql.service basic.target
RequiresMountsFor=/srv/data

Id=postgresql.service
Requires=srv-data.mount -.mount
Wants=
After=srv-data.mount

Id=srv-data.mount
Requires=-.mount
"""


def test_a_unit_depends_on_what_it_requires_and_on_what_it_wants_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booted(tmp_path, monkeypatch).answer("systemctl", UNITS)

    edges = set(HostTopology(asks_docker=False).edges())

    assert edges == {
        Edge("shop.service", "postgresql.service"),
        Edge("shop.service", "redis.service"),
        Edge("shop.service", "web.service"),
        Edge("postgresql.service", "/srv/data"),
        Edge("/srv/data", "srv-data.mount"),
    }


def test_a_host_without_either_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd, "BOOTED", str(tmp_path / "absent"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/absent.sock")

    assert list(HostTopology().edges()) == []


@pytest.mark.parametrize(
    ("unit", "path"), [("srv-data.mount", "/srv/data"), ("-.mount", "/"), ("srv-a\\x2db.mount", "/srv/a-b")]
)
def test_a_mount_unit_is_its_folder(unit: str, path: str) -> None:
    assert systemd.mount_point(unit) == path


@pytest.mark.docker
def test_containers_depend_on_those_that_compose_names_and_on_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = "db:service_healthy:false,cache:service_started:true"
    with docker_engine() as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.address)
        for project, service, depends_on in (
            ("shop", "web", needs),
            ("shop", "db", ""),
            ("shop", "cache", ""),
            ("other", "db", ""),
        ):
            labels = {"project": project, "service": service, "depends_on": depends_on}
            engine.client.create_container(
                IMAGE,
                ["sleep", "1000"],
                name=f"{project}-{service}-1",
                labels={f"com.docker.compose.{name}": value for name, value in labels.items()},
            )

        edges = set(HostTopology(asks_systemd=False).edges())

    names = ("shop-web-1", "shop-db-1", "shop-cache-1", "other-db-1")
    assert edges == {
        *(Edge(name, "docker.service") for name in names),
        Edge("shop-web-1", "shop-db-1"),
        Edge("shop-web-1", "shop-cache-1"),
    }
