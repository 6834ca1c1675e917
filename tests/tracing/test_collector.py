"""From settings to the tracer: what is missing or wrong is said with what mends it."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from probed.config.tracing import TracingSettings
from probed.errors import ConfigError
from probed.tracing.collector import build_tracer, usable_headers
from tests.real.otlp_collector import otlp_collector
from tests.test_imports import loaded_by

ENDPOINT = "http://127.0.0.1:9/v1/traces"


def with_headers(folder: Path, content: bytes) -> TracingSettings:
    path = folder / "headers"
    path.write_bytes(content)
    path.chmod(0o600)
    return TracingSettings(endpoint=ENDPOINT, headers_file=path)


@pytest.fixture
def without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where it was never installed."""

    class Absent(MetaPathFinder):
        def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
            if name.split(".")[0] == "opentelemetry":
                raise ModuleNotFoundError(name)
            return None

    for name in [name for name in sys.modules if name.split(".")[0] == "opentelemetry"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])


def test_without_an_endpoint_nothing_of_it_is_loaded() -> None:
    build = (
        "from probed.config.tracing import TracingSettings\n"
        "from probed.tracing.collector import build_tracer\n"
        "assert build_tracer(TracingSettings(), 'host') is None"
    )

    assert loaded_by(build) & {"opentelemetry", "requests", "google"} == set()


@pytest.mark.usefixtures("without_the_extra")
def test_an_endpoint_without_the_extra_says_what_to_type() -> None:
    with pytest.raises(ConfigError, match=r"tracing.endpoint.*extra otel.*type: \./install\.sh --with-tracing"):
        build_tracer(TracingSettings(endpoint=ENDPOINT), "host")


def test_headers_are_one_a_line(tmp_path: Path) -> None:
    settings = with_headers(tmp_path, b"Authorization: Bearer a b\n\nX-Tenant:  shop \n")

    assert usable_headers(settings) == {"Authorization": "Bearer a b", "X-Tenant": "shop"}


@pytest.mark.parametrize(
    "content", [b"Bearer s3cret\n", b"a b: s3cret", b"A: s3cret\x00", b"A: s3cret\xff", b"A:", b"A: s3cret\n" * 900]
)
def test_what_is_no_header_is_refused_without_being_shown(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigError, match="headers") as caught:
        usable_headers(with_headers(tmp_path, content))

    assert "s3cret" not in str(caught.value)


def test_certificates_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ca\.pem: tracing\.ca_file is no file"):
        usable_headers(TracingSettings(endpoint=ENDPOINT, ca_file=tmp_path / "ca.pem"))


def test_the_environment_names_neither_another_collector_nor_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ENDPOINT)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with otlp_collector() as collector:
        tracer = build_tracer(TracingSettings(endpoint=collector.endpoint, timeout=2.0), "host")
        assert tracer
        with tracer.span("run", {}):
            pass
        tracer.close(10.0)

        assert collector.named("run").about["host.name"] == "host"
