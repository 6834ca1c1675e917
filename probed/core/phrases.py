"""What people are told in cards and answers, in the daemon's language. The phrase is its own English; what others said
(a summary, a reason, a path) is put in as it is."""

from __future__ import annotations

import enum
from collections.abc import Mapping


class Language(enum.StrEnum):
    EN = "en"
    ZH = "zh"


class Phrase(str):
    """English text that can be said in the daemon's language later: an error is told to a terminal and to a chat."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    @classmethod
    def of(cls, template: str, **values: object) -> Phrase:
        made = cls(template.format(**values))
        made.template, made.values = template, values
        return made


phrase = Phrase.of


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

    def spoken(self, text: object) -> str:
        """What was said in English before. Of the values of a phrase only words and phrases are ours to translate."""
        if not isinstance(text, Phrase):
            return self.word(str(text))
        ours = {
            name: self.spoken(each) for name, each in text.values.items() if isinstance(each, enum.StrEnum | Phrase)
        }
        return self.say(text.template, **{**text.values, **ours})


PHRASES = Phrases()
say, word, spoken = PHRASES.say, PHRASES.word, PHRASES.spoken


def speak(language: Language) -> None:
    """From now on."""
    PHRASES.language = language
