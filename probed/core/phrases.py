"""What people are told in cards and answers, in the daemon's language. The phrase is its own English; what others said
(a summary, a reason, a path) is put in as it is."""

from __future__ import annotations

import enum


class Language(enum.StrEnum):
    EN = "en"
    ZH = "zh"


class Phrases:
    """One for the process: a daemon speaks one language."""

    __slots__ = ("language",)

    def __init__(self) -> None:
        self.language = Language.EN

    def say(self, phrase: str, **values: object) -> str:
        """The phrase with its `{placeholders}` filled in."""
        return self.word(phrase).format(**values)

    def word(self, text: str) -> str:
        """A word or a phrase without placeholders; what is not known stays as it is."""
        if self.language is Language.EN:
            return text
        from probed.core.chinese import CHINESE  # loaded where it is spoken

        return CHINESE.get(text, text)


PHRASES = Phrases()
say, word = PHRASES.say, PHRASES.word


def speak(language: Language) -> None:
    """From now on."""
    PHRASES.language = language
