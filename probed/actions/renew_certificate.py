"""`renew_certificate`: run the program that renews a certificate; its new end tells whether it did.

Parameters: `name` (the one of `actions.renewals` whose certificate the finding is about).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar, cast

from probed.actions.named_program import NamedProgram
from probed.actions.performer import Performer
from probed.config.actions import ActionsSettings, RenewalSettings
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import Finding
from probed.errors import HostFailed, NotHere
from probed.host import certificates

LONG_ENOUGH = timedelta(days=21)
"""What a certificate has left that was renewed, where nobody knows how long it had before."""


def build(settings: ActionsSettings, performer: Performer) -> RenewCertificate:
    return RenewCertificate(settings.renewals, performer)


class RenewCertificate(NamedProgram):
    name = "renew_certificate"
    title = "Renew a certificate"
    object_kind = "certificate"
    risk = Risk.MEDIUM
    blast_radius = "the certificate, and whatever is restarted to use it"
    cooldown_s = 6 * 3600.0
    daily_cap = 3
    settle_s = 5.0
    setting = "actions.renewals"
    checks: ClassVar[frozenset[str]] = frozenset({"tls_certificate"})

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        """The renewal of this certificate; a document that names one means it for whatever it finds."""
        if "name" in fixed:
            return fixed
        named = (name for name, each in self._programs.items() if _place(cast(RenewalSettings, each)) == finding.object)
        name = next(named, None)
        return {"name": name} if name else None

    def facts(self, params: Mapping[str, object]) -> Mapping[str, object]:
        return {"not_after": self._end(params).isoformat()}

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        try:
            return super().precondition(params)
        except (NotHere, HostFailed) as error:
            return Precondition(False, str(error))

    def dry_run(self, params: Mapping[str, object]) -> str:
        try:
            end = f"{self._end(params):%Y-%m-%d %H:%M} UTC"
        except (NotHere, HostFailed) as error:
            end = str(error)
        return f"{super().dry_run(params)}\nthe certificate of {self._where(params)} ends now: {end}"

    def execute(self, params: Mapping[str, object]) -> Executed:
        try:
            before: Mapping[str, object] = self.facts(params)
        except (NotHere, HostFailed):
            before = {}
        done = self.run(params)
        return Executed(done.detail, before, done.after)

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        try:
            end = self._end(params)
        except (NotHere, HostFailed) as error:
            return Verification(False, str(error))
        detail = f"the certificate of {self._where(params)} ends at {end:%Y-%m-%d %H:%M} UTC"
        earlier = executed.before.get("not_after") if executed else None
        if earlier is None:
            return Verification(end - datetime.now(UTC) > LONG_ENOUGH, detail)
        return Verification(end > max(datetime.fromisoformat(str(earlier)), datetime.now(UTC)), detail)

    def _where(self, params: Mapping[str, object]) -> str:
        return _place(cast(RenewalSettings, self.settings(params)))

    def _end(self, params: Mapping[str, object]) -> datetime:
        """Of several certificates in a file the first end counts. Raises NotHere, HostFailed."""
        settings = cast(RenewalSettings, self.settings(params))
        if settings.host:
            return certificates.served(settings.host, settings.port).not_after
        found = certificates.in_file(settings.path or "")
        if not found:
            raise HostFailed(f"{settings.path} holds no certificate")
        return min(each.not_after for each in found)


def _place(settings: RenewalSettings) -> str:
    """As `tls_certificate` names it."""
    return f"{settings.host}:{settings.port}" if settings.host else settings.path or ""
