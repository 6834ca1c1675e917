from __future__ import annotations

import pytest

from probed.checks.disk import Params
from probed.checks.registry import CheckRegistry
from probed.checks.tls_certificate import Params as CertificateParams
from probed.core.inspection import CheckCall
from probed.core.threshold import Threshold
from probed.errors import ParameterError


def disk(**params: object) -> Params:
    bound = CheckRegistry().bind(CheckCall("disk", params))._params
    assert isinstance(bound, Params)
    return bound


def test_values_are_read_as_people_write_them() -> None:
    params = disk(**{"mounts": "/srv", "warning": "70%", "critical": 85, "clear": "65 %", "for": "2m"}, min_free="1GiB")

    assert params.mounts == ("/srv",)
    assert params.threshold == Threshold(70.0, 85.0, 65.0, for_s=120.0)
    assert params.min_free == 2**30


@pytest.mark.parametrize("off", [None, False, "off"])
def test_a_bound_can_be_switched_off(off: object) -> None:
    assert disk(critical=off).threshold.critical is None


def test_a_default_yields_to_what_the_document_says() -> None:
    assert disk(warning="95%").threshold == Threshold(95.0, None, 75.0)
    assert disk(critical="70%").threshold == Threshold(None, 70.0, None)
    assert disk(warning="60%").threshold == Threshold(60.0, 90.0, None)


@pytest.mark.parametrize(
    ("params", "field"),
    [({"warning": "90%", "critical": "80%"}, "critical"), ({"warning": "70%", "clear": "80%"}, "clear")],
)
def test_a_document_that_contradicts_itself_is_refused(params: dict[str, object], field: str) -> None:
    with pytest.raises(ParameterError) as refused:
        disk(**params)

    assert refused.value.field == field


def test_bounds_of_a_number_that_is_bad_when_small_go_the_other_way() -> None:
    bound = CheckRegistry().bind(CheckCall("tls_certificate", {"host": "a", "warning": "3d"}))._params
    assert isinstance(bound, CertificateParams)

    assert bound.threshold == Threshold(3.0, None, None, below=True)
    with pytest.raises(ParameterError):
        CheckRegistry().bind(CheckCall("tls_certificate", {"host": "a", "warning": "3d", "critical": "7d"}))
