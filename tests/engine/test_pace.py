from probed.engine.pace import BURST, LONGEST_PAUSE_S, MOST_REMEMBERED, REFILL_S, Pace


def test_the_first_event_about_an_object_leads_to_a_look_at_once() -> None:
    assert Pace().wait_s("services", "web", 100.0) == 0


def test_an_object_that_comes_again_and_again_waits_longer_each_time_and_no_other_one_does() -> None:
    pace, now, waits = Pace(), 100.0, []
    for _ in range(8):
        pace.looked("services", {"web"}, now)
        waits.append(pace.wait_s("services", "web", now))
        assert pace.wait_s("services", "db", now) == 0
        now += waits[-1]

    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[-1] == LONGEST_PAUSE_S


def test_after_calm_it_is_looked_at_at_once_again() -> None:
    pace = Pace()
    for now in (100.0, 101.0, 103.0):
        pace.looked("services", {"web"}, now)

    assert pace.wait_s("services", "web", 104.0) > 0
    assert pace.wait_s("services", "web", 163.0) == 0


def test_a_loop_of_ever_new_objects_is_bounded_by_the_inspections_allowance() -> None:
    pace, now, looks = Pace(), 100.0, 0
    while now < 100.0 + 60:
        wait_s = pace.wait_s("services", f"worker-{looks}", now)
        if wait_s == 0:
            pace.looked("services", {f"worker-{looks}"}, now)
            looks += 1
        now += max(wait_s, 0.001)

    assert looks <= BURST + 60 / REFILL_S + 1
    assert pace.wait_s("disks", "/srv", now) == 0


def test_what_is_remembered_is_bounded() -> None:
    pace = Pace()
    for number in range(2 * MOST_REMEMBERED):
        pace.looked("services", {f"worker-{number}"}, float(number))

    assert len(pace._rests) == MOST_REMEMBERED


def test_the_allowance_of_a_document_that_is_gone_is_forgotten() -> None:
    pace = Pace()
    for name in ("services", "old"):
        pace.looked(name, {"web"}, 0.0)

    pace.keep_only({"services"})

    assert set(pace._allowances) == {"services"}
