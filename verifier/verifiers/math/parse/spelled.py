"""Whole numbers in words of Spanish, Portuguese, French, Italian, German and Russian: only those that are well formed.

A table of what is below 1000 in every language, without spaces, hyphens and accents, and the words for thousand and million.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

SPELLED_CHARS = 120
"""The longest text that is looked up: the longest number below 10^9 is shorter."""
_IGNORED = re.compile(r"[\s\-\u2010\u2011'\u2019\u0300-\u036f]+")
_LETTERS = re.compile(r"[^\W\d_]+(?:[\s\-\u2010\u2011'\u2019]+[^\W\d_]+)*\.?")
_THOUSAND = re.compile(r"(.*?)(?:mil(?:le|a)?|tausend|тысяч[аи]?)(?:und|e)?(.*)")
_MILLION = re.compile(r"(.*?)(?:mil(?:lion(?:en|s)?|lon(?:es)?|ion[ei]|hao|hoes)|миллион(?:ов|а)?)(?:und|e)?(.*)")


def spelled(text: str) -> int | None:
    """The number that all of ``text`` spells out, or None: ``cuarenta y dos``, ``quatre-vingt-dix``, ``тысяча двести``."""
    if len(text) > SPELLED_CHARS or not _LETTERS.fullmatch(text):
        return None
    word = _plain(text.rstrip("."))
    millions = _MILLION.fullmatch(word)
    if millions is None:
        return _below_million(word)
    count, rest = _table().get(millions[1]), _below_million(millions[2]) if millions[2] else 0
    return None if not count or rest is None else count * 10**6 + rest


def _below_million(word: str) -> int | None:
    known = _table()
    if word in known:
        return known[word]
    parts = _THOUSAND.fullmatch(word)
    if parts is None:
        return None
    count, rest = (known.get(part) if part else empty for part, empty in zip(parts.groups(), (1, 0), strict=True))
    return None if not count or rest is None else count * 1000 + rest


def _plain(text: str) -> str:
    return _IGNORED.sub("", unicodedata.normalize("NFKD", text.casefold()))


@cache
def _table() -> dict[str, int]:
    """Every spelling of every number below 1000."""
    languages = (_spanish, _portuguese, _french, _italian, _german, _russian)
    return {_plain(word): value for language in languages for value in range(1000) for word in language(value)}


def _spanish(value: int) -> Iterator[str]:
    hundreds, rest = divmod(value, 100)
    small = (
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
        "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
        "veintiocho veintinueve"
    ).split()
    tens = ". . . treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
    below = small[rest] if rest < 30 else tens[rest // 10] + (f" y {small[rest % 10]}" if rest % 10 else "")
    for stem in {below, re.sub("uno$", "un", below), re.sub("uno$", "una", below)}:
        if hundreds == 0:
            yield stem
        elif value == 100:
            yield "cien"
        else:
            head = (
                ". ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
            ).split()[hundreds]
            tail = f" {stem}" if rest else ""
            yield head + tail
            yield head.replace("tos", "tas") + tail


def _portuguese(value: int) -> Iterator[str]:
    hundreds, rest = divmod(value, 100)
    small = (
        "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete "
        "dezoito dezenove"
    ).split()
    tens = ". . vinte trinta quarenta cinquenta sessenta setenta oitenta noventa".split()
    below = small[rest] if rest < 20 else tens[rest // 10] + (f" e {small[rest % 10]}" if rest % 10 else "")
    other = {"catorze": "quatorze", "dezesseis": "dezasseis", "dezessete": "dezassete", "dezenove": "dezanove"}
    feminine = re.sub(r"\bdois$", "duas", re.sub(r"\bum$", "uma", below))
    for stem in {below, other.get(below, below), feminine}:
        if hundreds == 0:
            yield stem
        elif value == 100:
            yield "cem"
        else:
            head = (
                ". cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos"
            ).split()[hundreds]
            tail = f" e {stem}" if rest else ""
            yield head + tail
            yield head.replace("tos", "tas") + tail


def _french(value: int) -> Iterator[str]:
    hundreds, rest = divmod(value, 100)
    for stem in _french_below_hundred(rest):
        if hundreds == 0:
            yield stem
            continue
        head = f"{_FRENCH[hundreds]} cent" if hundreds > 1 else "cent"
        yield f"{head} {stem}" if rest else head
        if hundreds > 1:
            yield f"{head}s {stem}" if rest else f"{head}s"


_FRENCH = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf"
).split()


def _french_below_hundred(value: int) -> Iterator[str]:
    if value < 20:
        yield from {_FRENCH[value], "une" if value == 1 else _FRENCH[value]}
        return
    tens = ". . vingt trente quarante cinquante soixante septante huitante nonante".split()
    bases = {tens[value // 10]: value % 10}
    if value >= 80:
        bases |= {"quatre-vingt": value - 80} | ({"octante": value - 80} if value < 90 else {})
    elif value >= 70:
        bases["soixante"] = value - 60
    for base, rest in bases.items():
        if rest == 0:
            yield from (base, f"{base}s") if base == "quatre-vingt" else (base,)
        else:
            yield f"{base} {_FRENCH[rest]}"
            yield f"{base} et {_FRENCH[rest]}" if rest in (1, 11) else f"{base} {_FRENCH[rest]}"


def _italian(value: int) -> Iterator[str]:
    hundreds, rest = divmod(value, 100)
    small = (
        "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
        "diciassette diciotto diciannove"
    ).split()
    tens = ". . venti trenta quaranta cinquanta sessanta settanta ottanta novanta".split()
    below = small[rest] if rest < 20 else tens[rest // 10][: -1 if rest % 10 in (1, 8) else None]
    if rest >= 20 and rest % 10:
        below += small[rest % 10]
    if hundreds == 0:
        yield below
    else:
        yield (small[hundreds] if hundreds > 1 else "") + "cento" + (below if rest else "")


def _german(value: int) -> Iterator[str]:
    hundreds, rest = divmod(value, 100)
    small = (
        "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
        "achtzehn neunzehn"
    ).split()
    tens = ". . zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
    below = small[rest] if rest < 20 else ("ein" if rest % 10 == 1 else small[rest % 10]) + "und" + tens[rest // 10]
    below = tens[rest // 10] if rest >= 20 and rest % 10 == 0 else below
    for stem in {below, re.sub("^eins$", "ein", below), re.sub("^eins$", "eine", below)}:
        for word in {stem, stem.replace("ü", "ue").replace("ö", "oe")}:
            if hundreds == 0:
                yield word
            else:
                head = f"{small[hundreds] if hundreds > 1 else 'ein'}hundert"
                for lead in {head, head.replace("ü", "ue"), head.removeprefix("ein")}:
                    yield f"{lead}{word if rest else ''}"
                    yield f"{lead}und{word}" if rest else lead


def _russian(value: int) -> Iterator[str]:
    hundreds, rest = divmod(value, 100)
    small = (
        "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать "
        "пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
    ).split()
    tens = ". . двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split()
    head = ". сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот".split()[hundreds]
    below = small[rest] if rest < 20 else tens[rest // 10] + (f" {small[rest % 10]}" if rest % 10 else "")
    for stem in {
        below,
        re.sub(r"\bдва$", "две", below),
        re.sub(r"\bодин$", "одна", below),
        re.sub(r"\bодин$", "одно", below),
    }:
        yield stem if hundreds == 0 else f"{head} {stem}" if rest else head
