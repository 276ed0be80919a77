"""Languages by their codes, the scripts that they are written in, and those that are told apart by default."""

from typing import Final, NamedTuple

LATIN, CYRILLIC, ARABIC, DEVANAGARI = "Latin", "Cyrillic", "Arabic", "Devanagari"
HAN, KANA, HANGUL = "Han", "Kana", "Hangul"

WRITTEN_IN: Final = {
    LATIN: "en fr de es it pt nl sv da no fi pl cs ro hu tr vi id "
    "af az bs ca cy eo et eu fil fo ga gl ha hr ht ig is jv la lb lt lv mg mi ms mt nn oc qu rm rw sk sl sm sn so sq sr "
    "st su sw tk tl uz wo xh yo zu",
    CYRILLIC: "ru uk bg be kk ky mk mn sr tg tt",
    ARABIC: "ar fa ur ps sd ug",
    DEVANAGARI: "hi mr ne sa",
    "Bengali": "bn as",
    "Hebrew": "he yi",
    "Ethiopic": "am ti",
    "Tibetan": "bo dz",
    HAN: "zh yue",
    KANA: "ja",
    HANGUL: "ko",
    "Greek": "el",
    "Gurmukhi": "pa",
    "Gujarati": "gu",
    "Oriya": "or",
    "Tamil": "ta",
    "Telugu": "te",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Sinhala": "si",
    "Thai": "th",
    "Lao": "lo",
    "Khmer": "km",
    "Myanmar": "my",
    "Georgian": "ka",
    "Armenian": "hy",
    "Mongolian": "mn",
}
"""The languages of each script; where a script has one, or one that is by far the most written, that comes first."""

DEFAULT: Final = {
    LATIN: tuple("en fr de es it pt nl sv da no fi pl cs ro hu tr vi id".split()),
    CYRILLIC: ("ru", "uk", "bg"),
    ARABIC: ("ar", "fa", "ur"),
    DEVANAGARI: ("hi", "mr"),
}
"""The languages that are told apart within a script, unless the target is another one of it, which then joins them."""

_ALIASES: Final = {
    "nb": "no",
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "cmn": "zh",
    "cn": "zh",
    "fil": "tl",
    "pes": "fa",
    "arb": "ar",
}


class Target(NamedTuple):
    """The language that a chain of thought should be in."""

    language: str
    """Its ISO 639-1 code."""
    script: str = ""
    """``Hans`` or ``Hant`` where the target names one: Chinese in the other one is then foreign."""

    @property
    def code(self) -> str:
        """The code as it stands in the shares."""
        return f"{self.language}-{self.script}" if self.script else self.language


def target_of(code: str) -> Target | None:
    """The language of a BCP 47 code (``zh``, ``pt-BR``, ``zh-Hant``), or None when it is unknown.

    Regions are not told apart; of the script subtags, only those of Chinese mean something.
    """
    parts = code.strip().lower().replace("_", "-").split("-")
    language = _ALIASES.get(parts[0], parts[0])
    if not any(language in codes.split() for codes in WRITTEN_IN.values()):
        return None
    script = next((part.title() for part in parts[1:] if part in ("hans", "hant")), "") if language == "zh" else ""
    return Target(language, script)


def candidates(script: str, target: Target | None) -> tuple[str, ...]:
    """The languages that words of a script may be in."""
    languages = DEFAULT.get(script) or (WRITTEN_IN[script].split()[0],)
    if target and target.language not in languages and target.language in WRITTEN_IN[script].split():
        return (*languages, target.language) if script in DEFAULT else (target.language,)
    return languages
