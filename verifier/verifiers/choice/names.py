"""What else an option is called by: its place ("the second option", ``②``), or a label of the prompt's (``Б)``, ``2.``)."""

import re
from collections.abc import Iterable
from itertools import pairwise

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_PLACES = (
    "first 1st primera primero première premier erste ersten primeira primeiro prima primo первый первая الأول पहला nhất 첫",
    "second 2nd segunda segundo deuxième seconde zweite zweiten seconda secondo второй вторая الثاني दूसरा hai 두",
    "third 3rd tercera tercero troisième dritte dritten terceira terceiro terza terzo третий третья الثالث तीसरा ba 세",
    "fourth 4th cuarta cuarto quatrième vierte vierten quarta quarto четвёртый четвертый الرابع चौथा tư 네",
    "fifth 5th quinta quinto cinquième fünfte fünften пятый الخامس पाँचवाँ năm 다섯",
    "sixth 6th",
    "seventh 7th",
    "eighth 8th",
    "ninth 9th",
    "tenth 10th",
)
_PLACE = {word: place for place, words in enumerate(_PLACES) for word in words.split()} | {
    numeral: place for place, numeral in enumerate("一二三四五六七八九十")
}
_WORDS = "|".join(sorted(_PLACE, key=len, reverse=True))
_NOUN = (
    r"(?:answer choice|option|choice|alternative|one|answer|opción|opção|opzione|alternativa|antwort|réponse|proposition"
    r"|respuesta|resposta|risposta|вариант|ответ|विकल्प|선택지|보기)"
)
_CARDINALS = {word: place for place, word in enumerate("one two three four five six seven eight nine ten".split())}
_ORDINAL = re.compile(
    rf"(?:(?:the|la|el|le|die|der|a|il)\s+)?(?P<before>{_WORDS})\s+(?:번째\s+)?{_NOUN}(?!\w)"
    rf"|(?:{_NOUN}|phương án|الخيار)\s+(?:thứ\s+)?(?P<behind>{_WORDS})(?!\w)"
    rf"|{_NOUN}\s+(?P<cardinal>{'|'.join(_CARDINALS)})(?!\w)"
    rf"|(?:the\s+)?(?P<last>last)\s+(?:(?:answer choice|option|choice|alternative)(?!\w)|one(?!\s*\w))"
    rf"|第\s?(?P<han>[一二三四五六七八九十]|\d{{1,2}})\s?(?:个选项|個選項|个答案|[个個项項]|の選択肢)"
    rf"|(?:(?:the )?{_NOUN}|选项|选擇肢|選択肢)\s*(?:number |no\. ?|#)?(?P<number>\d{{1,2}})(?![\w%])(?!\.\d)"
    r"|(?P<counted>\d{1,2})(?:番目?|번)(?!\w)"
    r"|(?P<circled>[①-⑳])(?:番|번)?",
    re.IGNORECASE,
)
_CIRCLED = re.compile("[①-⑳]")
_LABEL = r"(?P<label>[①-⑳]|\d{1,2}|[^\W\d_A-Za-z])"
_LONGEST_PROMPT = 50_000
_DRESSED = re.compile(
    rf"(?:(?:the )?{_NOUN}\s+)?[(（\[]?{_LABEL}(?:[)）\].:：、．]+|番|번)?"
    r"(?:(?!\w)|(?=です|だ|である|입니다|이다|은|는|が|は|か|と))(?!\.?\d)",
    re.IGNORECASE,
)
_NEXT_NUMBER = re.compile(r"(?P<number>\d{1,2})(?![\w%])(?!\.\d)")
_NUMBER_ENDS = re.compile(r"\s*(?:$|[):：、,，;。.|]|\b(?:because|since|as|or|and)\b|或|和|か|と)", re.IGNORECASE)
_JOINT = re.compile(
    r"\s*(?:,?\s*\b(?:or(?: maybe)?|and|или|и|oder|und|ou|et|o|y)\b"
    r"|(?:أو|या|hoặc|atau|veya|lub)\s|[,/、和或与か과와と]|(?=[①-⑳]))\s*",
    re.IGNORECASE,
)


class Names:
    """The names of a question's options, beside their letters and texts."""

    def __init__(self, texts: dict[str, str], prompt: str = "") -> None:
        self._count = len(texts)
        self._ordinals = bool(texts) and not any(_ORDINAL.search(text) for text in texts.values())
        self._labels = _labels(texts, prompt)

    def lettered(self, text: str) -> str:
        """A statement that opens with such names, joined or not, with the letters in brackets in their place."""
        found: list[str] = []
        at = joint_end = 0
        for _ in LETTERS:
            name = self._name(text, joint_end) or (self._next(text, joint_end) if found else None)
            if name is None:
                break
            letter, end = name
            found += [text[at:joint_end], f"({letter})"]
            at = joint_end = end
            joint = _JOINT.match(text, end)
            joint_end = joint.end() if joint else len(text)
        return "".join(found) + text[at:]

    def _name(self, text: str, at: int) -> tuple[str, int] | None:
        """The letter that is named at a place, and where the name ends."""
        if self._ordinals and (ordinal := _ORDINAL.match(text, at)) and (letter := self._at(self._place(ordinal))):
            return letter, ordinal.end()
        if self._labels and (label := _DRESSED.match(text, at)) and (letter := self._labelled(text, label)):
            return letter, label.end()
        return None

    def _next(self, text: str, at: int) -> tuple[str, int] | None:
        """The letter of a number behind another name: "option 2 or 3"."""
        number = _NEXT_NUMBER.match(text, at) if self._ordinals else None
        letter = self._at(int(number["number"]) - 1) if number else ""
        return (letter, number.end()) if number and letter else None

    def _labelled(self, text: str, label: re.Match[str]) -> str:
        """The letter of a label; none where the number may be a quantity: "2 times as much"."""
        is_number = label["label"].isdecimal() and label[0][-1] not in ").:：、"
        if is_number and not _NUMBER_ENDS.match(text, label.end()):
            return ""
        return self._labels.get(label["label"], "")

    def _place(self, ordinal: re.Match[str]) -> int:
        if ordinal["last"]:
            return self._count - 1
        if ordinal["circled"]:
            return ord(ordinal["circled"]) - ord("①")
        if ordinal["cardinal"]:
            return _CARDINALS[ordinal["cardinal"].lower()]
        word = ordinal["before"] or ordinal["behind"] or ordinal["han"] or ordinal["number"] or ordinal["counted"]
        return int(word) - 1 if word.isdecimal() else _PLACE[word.lower()]

    def _at(self, place: int) -> str:
        return LETTERS[place] if 0 <= place < self._count else ""


def _labels(texts: dict[str, str], prompt: str) -> dict[str, str]:
    """The letters by the labels that stand before the options' texts in a prompt; none unless every option has one of its own."""
    if not texts or len(prompt) > _LONGEST_PROMPT:
        return {}
    found: dict[str, str] = {}
    for letter, text in texts.items():
        labelled = re.compile(rf"(?<!\w){_LABEL}[)）\].:：、．]?\s*{re.escape(text)}(?!\w)") if text else None
        matches = list(labelled.finditer(prompt)) if labelled else []
        if not matches:
            return {}
        found[matches[-1]["label"]] = letter
    return found if len(found) == len(texts) and _in_order(found) else {}


def _in_order(labels: Iterable[str]) -> bool:
    """Whether numbers count on by one."""
    numbers = [int(label) for label in labels if label.isdecimal()]
    return all(after == before + 1 for before, after in pairwise(numbers))
