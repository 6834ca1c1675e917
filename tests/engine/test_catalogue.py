from probed.core.injection import CHECK
from probed.core.inspection import BrokenDocument
from probed.engine.catalogue import Catalogue, Entry
from tests.factories import make_case, make_inspection


def catalogue(*names: str, broken: tuple[str, ...] = (), title: str = "") -> Catalogue:
    entries = {name: Entry(make_inspection(id=name, title=title, path=f"/etc/{name}.md"), []) for name in names}
    return Catalogue(entries, [BrokenDocument(f"/etc/{name}.md", 3, "unknown check") for name in broken])


def test_what_is_no_longer_there_is_gone() -> None:
    old = catalogue("disks", "services")

    assert old.take_over(catalogue("disks", "web")) == {"services"}
    assert set(old.entries) == {"disks", "web"}


def test_a_document_that_was_changed_is_in_force_as_it_is_now() -> None:
    old = catalogue("disks", title="old")

    assert old.take_over(catalogue("disks", title="new")) == set()
    assert old.get("disks").inspection.title == "new"


def test_a_document_that_cannot_be_used_any_more_keeps_its_last_good_version() -> None:
    old, read = catalogue("disks", "services"), catalogue("services", broken=("disks", "web"))

    assert old.take_over(read) == set()
    assert set(old.entries) == {"disks", "services"}
    assert [old.keeps(document) for document in old.broken] == [True, False]


def test_a_broken_document_that_is_removed_is_gone_at_last() -> None:
    old = catalogue("disks")
    old.take_over(catalogue(broken=("disks",)))

    assert old.take_over(catalogue()) == {"disks"}
    assert (old.entries, list(old.broken)) == ({}, [])


def test_an_id_that_moved_to_another_file_is_not_kept_from_the_old_one() -> None:
    old, read = catalogue("disks", title="old"), catalogue("disks", title="new", broken=())
    read.broken = [BrokenDocument("/etc/disks.md", 1, "is not a file")]

    assert old.take_over(read) == set()
    assert old.get("disks").inspection.title == "new"


def test_no_document_asks_for_attempts_to_lead_a_model_so_that_none_is_to_be_edited() -> None:
    known = catalogue("disks")

    assert known.tuning(make_case(source="disks")) == "$EDITOR /etc/disks.md  # disk"
    assert known.tuning(make_case(source="disks", check=CHECK)) == ""
