from __future__ import annotations

from probed.api.mapping import moment
from probed.core.chat import ChatMember
from probed.ports import ShownCode
from probed.wire.telegram import ChatMemberShape, PairingCodeShape


def code_shape(shown: ShownCode) -> PairingCodeShape:
    return PairingCodeShape(shown.code, moment.text(shown.expires_at))


def member_shape(member: ChatMember) -> ChatMemberShape:
    return ChatMemberShape(
        chat_id=member.chat_id,
        user_id=member.user_id,
        chat_name=member.chat_name,
        user_name=member.user_name,
        paired_at=moment.text(member.paired_at),
        paired_by=member.paired_by,
    )
