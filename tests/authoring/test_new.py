from __future__ import annotations

import json
from pathlib import Path

import pytest

from probed.__main__ import main
from probed.authoring.templates import templates
from probed.checks.registry import CheckRegistry
from probed.config.documents import load_documents
from probed.core.inspection import Policy

ANSWERS = {
    "age": "26h",
    "command": "/bin/test -d '/srv/two words'",
    "container": "web",
    "host": "www.example.org",
    "job": "nightly",
    "path": "/var/log/app.log",
    "pattern": r"(?i)\berror\b",
    "period": "1d",
    "text": 'He said "welcome"',
    "unit": "nginx.service",
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "inspections"
    folder.mkdir(mode=0o700)
    file = tmp_path / "config.yaml"
    file.write_text(f"inspections: {{dir: {folder}}}\n")
    file.chmod(0o600)
    return file


def new(config: Path, *arguments: str) -> int:
    return main(["inspection", "new", "--config", str(config), *arguments])


def folder_of(config: Path) -> Path:
    return config.with_name("inspections")


@pytest.mark.parametrize("name", templates())
def test_each_template_makes_a_document_that_the_daemon_takes(
    config: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    given = [f"--set={asked}={ANSWERS[asked]}" for asked in templates()[name].asks]

    assert new(config, "mine", "--template", name, *given) == 0

    [inspection], broken = load_documents(folder_of(config), CheckRegistry(), ["restart_unit", "restart_container"])
    assert not broken
    assert (inspection.id, inspection.policy) == ("mine", Policy.OBSERVE if name == "review" else Policy.CAREFUL)
    assert inspection.body
    assert "$" not in inspection.text.replace("${1}", "")
    assert f"written: {folder_of(config)}/mine.md" in capsys.readouterr().out


def test_an_answer_stays_a_text_and_words_are_told_apart(config: Path) -> None:
    new(
        config, "a", "--template", "website", "--set", "host=a.example", "--set", 'text=x", status: 500}\n- load: {y: "'
    )
    new(config, "b", "--template", "command", "--set", f"command={ANSWERS['command']}")

    web, command = load_documents(folder_of(config), CheckRegistry())[0]
    assert [call.check for call in web.checks] == ["http", "tls_certificate", "dns"]
    assert web.checks[0].params["contains"] == 'x", status: 500}\n- load: {y: "'
    assert command.checks[0].params["command"] == ["/bin/test", "-d", "/srv/two words"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "--template", "servce"], "there is no template 'servce'; did you mean 'service'?"),
        (["x", "--template", "service"], "unit: is missing: the unit, as nginx.service; give it as --set unit=…"),
        (["x", "--template", "service", "--set", "unit"], "'unit' is not NAME=VALUE"),
        (
            ["x", "--template", "service", "--set", "unit=a", "--set", "y=1"],
            "the template service does not ask for it; it asks unit",
        ),
        (["x", "--set", "y=1"], "it asks nothing"),
        (["x", "--schedule", "0 0 30 2 *"], "never comes"),
        (["x", "--policy", "bold"], "expected observe or careful or operator"),
        (["x", "--template", "review", "--policy", "operator"], "--policy: the template review has one of its own"),
        (["x", "--template", "command", "--set", "command=a 'b"], "cannot be told into words"),
        (["../x"], "would be no document: id: expected"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert new(config, *arguments) == 2
    assert said in capsys.readouterr().err
    assert list(config.parent.rglob("*.md")) == []


def test_neither_a_file_nor_an_id_is_taken_twice(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder_of(config) / "other.md").write_text("---\nid: mine\nchecks: [load]\n---\n")
    (folder_of(config) / "there.md").write_text("a note")
    (folder_of(config) / "broken.md").write_text("---\nid: soon\nchecks: [lod]\n---\n")

    assert new(config, "mine") == 2
    assert new(config, "soon") == 2
    assert new(config, "there") == 2
    err = capsys.readouterr().err
    assert "other.md: has the id mine already" in err
    assert "broken.md: has the id soon already" in err
    assert "there.md: is there already" in err
    assert (folder_of(config) / "there.md").read_text() == "a note"


def test_it_can_be_shown_only(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(config, "mine", "--print", "--title", "Mine: all of it") == 0
    assert 'title: "Mine: all of it"' in capsys.readouterr().out
    assert list(folder_of(config).iterdir()) == []


def test_the_templates_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspection", "templates", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in listed] == list(templates())
    assert main(["inspection", "templates"]) == 0
    assert "service: A systemd unit" in capsys.readouterr().out


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029"])
def test_no_end_of_a_line_that_only_yaml_knows_adds_a_key(config: Path, end: str) -> None:
    assert new(config, "mine", "--policy", f"careful{end}runbook: https://elsewhere.example") != 0
    assert new(config, "mine", "--title", f"one{end}two", "--template", "service", f"--set=unit=a{end}b") == 0

    [inspection], _ = load_documents(folder_of(config), CheckRegistry())
    assert (inspection.title, inspection.runbook) == (f"one{end}two", "")
    assert inspection.checks[0].params["units"] == [f"a{end}b"]
