"""Units of measurement: names to dimension and scale. Unknown nouns ("apples") are dimensions of their own."""

import re
from fractions import Fraction

from verifier.verifiers.math.tree import Unit
from verifier.verifiers.math.units_abroad import ABROAD

_F = Fraction
_BASE: dict[str, tuple[str, Fraction]] = {}


def _define(dimension: str, names: dict[str, Fraction | int]) -> None:
    for spelled, scale in names.items():
        for name in spelled.split():
            _BASE[name] = (dimension, _F(scale))


_define("length", {
    "m metre meter metres meters 米": 1, "km kilometre kilometer kilometres kilometers 千米 公里": 1000,
    "cm centimetre centimeter centimetres centimeters 厘米": _F(1, 100), "dm decimeter decimeters 分米": _F(1, 10),
    "mm millimetre millimeter millimetres millimeters 毫米": _F(1, 1000),
    "microm um micrometer micrometers micron microns": _F(1, 10**6),
    "nm nanometer nanometers 纳米": _F(1, 10**9), "Å å angstrom angstroms ångström ångströms": _F(1, 10**10),
    "in inch inches": _F(254, 10000), "ft foot feet": _F(3048, 10000),
    "yd yard yards": _F(9144, 10000), "mi mile miles": _F(1609344, 1000), "ly lightyear lightyears": 9460730472580800,
})  # fmt: skip
_define("mass", {
    "kg kilogram kilograms 千克 公斤": 1, "g gram grams 克": _F(1, 1000), "mg milligram milligrams 毫克": _F(1, 10**6),
    "microg microgram micrograms": _F(1, 10**9),
    "tonne tonnes 吨": 1000, "lb lbs pound pounds 磅": _F(45359237, 10**8), "oz ounce ounces": _F(45359237, 16 * 10**8),
    "斤": _F(1, 2), "ton tons": 1000,
})  # fmt: skip
_define("time", {
    "s sec secs second seconds 秒 秒钟": 1, "ms millisecond milliseconds 毫秒": _F(1, 1000),
    "micros microsecond microseconds": _F(1, 10**6),
    "min mins minute minutes 分钟": 60, "h hr hrs hour hours 小时 时": 3600,
    "day days 天 日": 86400, "week weeks 周 星期": 604800,
})  # fmt: skip
_define("month", {"month months 个月": 1, "yr yrs year years 年": 12})
_define("dollar", {"$ dollar dollars usd USD 美元": 1, "cent cents ¢": _F(1, 100)})
_define("euro", {"€ euro euros eur EUR 欧元": 1})
_define("sterling", {"£ gbp GBP 英镑": 1, "pence": _F(1, 100)})
_define("yen or yuan", {"¥": 1})
_define("yuan", {"yuan rmb RMB CNY 元 人民币 块": 1, "角": _F(1, 10)})
_define("yen", {"yen JPY 円 日元": 1})
_define("rupee", {"₹ rupee rupees INR Rs Rs.": 1})
_define("won", {"₩ won KRW 원": 1})
_define("rouble", {"₽ ruble rubles rouble roubles RUB": 1})
_define("volume", {
    "L l liter litre liters litres 升": 1, "mL ml milliliter millilitre milliliters millilitres 毫升": _F(1, 1000),
    "cc": _F(1, 1000),
    "gal gallon gallons": _F(3785411784, 10**9), "qt quart quarts": _F(946352946, 10**9), "pint pints": _F(473176473, 10**9),
    "cup cups": _F(2365882365, 10**10), "tbsp tablespoon tablespoons": _F(2365882365, 16 * 10**10),
    "tsp teaspoon teaspoons": _F(2365882365, 48 * 10**10),
})  # fmt: skip
_define("angle", {"rad radian radians 弧度": 1})
_define("information", {"bit bits": 1, "byte bytes": 8, "KB kB": 8 * 10**3, "MB": 8 * 10**6, "GB": 8 * 10**9})
_define("amount", {"mol mole moles": 1, "mmol": _F(1, 1000)})
_define("current", {"A amp amps ampere amperes 安培": 1, "mA": _F(1, 1000)})
_define("temperature", {"K kelvin kelvins": 1})
_define("celsius", {"celsius Celsius 摄氏度": 1})
_define("fahrenheit", {"fahrenheit Fahrenheit": 1})

_DERIVED: dict[str, tuple[str, Fraction]] = {
    "N newton newtons 牛": ("kg m s-2", _F(1)), "J joule joules 焦": ("kg m2 s-2", _F(1)),
    "kJ": ("kg m2 s-2", _F(1000)), "MJ": ("kg m2 s-2", _F(10**6)), "kN": ("kg m s-2", _F(1000)),
    "W watt watts 瓦": ("kg m2 s-3", _F(1)), "kW": ("kg m2 s-3", _F(1000)), "MW": ("kg m2 s-3", _F(10**6)),
    "kWh": ("kg m2 s-2", _F(3600000)), "Pa pascal pascals 帕": ("kg m-1 s-2", _F(1)), "kPa": ("kg m-1 s-2", _F(1000)),
    "MPa": ("kg m-1 s-2", _F(10**6)), "atm": ("kg m-1 s-2", _F(101325)), "Hz hertz 赫兹": ("s-1", _F(1)),
    "kHz": ("s-1", _F(1000)), "MHz": ("s-1", _F(10**6)), "GHz": ("s-1", _F(10**9)),
    "V volt volts 伏": ("kg m2 s-3 A-1", _F(1)), "kV": ("kg m2 s-3 A-1", _F(1000)), "C coulomb coulombs": ("A s", _F(1)),
    "Ω ohm ohms 欧姆": ("kg m2 s-3 A-2", _F(1)), "kΩ": ("kg m2 s-3 A-2", _F(1000)), "T tesla": ("kg s-2 A-1", _F(1)),
    "Wb weber webers 韦伯": ("kg m2 s-2 A-1", _F(1)), "H henry henries": ("kg m2 s-2 A-2", _F(1)),
    "bar bars": ("kg m-1 s-2", _F(10**5)), "mmHg": ("kg m-1 s-2", _F(133322, 1000)), "hPa": ("kg m-1 s-2", _F(100)),
    "Bq becquerel becquerels": ("s-1", _F(1)), "Gy gray Sv sievert": ("m2 s-2", _F(1)),
    "F farad farads": ("s4 A2 m-2 kg-1", _F(1)), "eV": ("kg m2 s-2", _F(1602176634, 10**28)),
    "cal calorie calories": ("kg m2 s-2", _F(4184, 1000)), "kcal": ("kg m2 s-2", _F(4184)),
    "mph": ("mi h-1", _F(1)), "kph kmh": ("km h-1", _F(1)), "ha hectare hectares 公顷": ("m2", _F(10000)),
    "acre acres": ("m2", _F(40468564224, 10**7)), "平方米": ("m2", _F(1)), "平方厘米": ("cm2", _F(1)),
    "平方千米 平方公里": ("km2", _F(1)), "立方米": ("m3", _F(1)), "立方厘米": ("cm3", _F(1)), "平方分米": ("dm2", _F(1)),
    "立方分米": ("dm3", _F(1)), "亩": ("m2", _F(2000, 3)), "rpm": ("revolution min-1", _F(1)),
    "sqft": ("ft2", _F(1)), "fps": ("ft s-1", _F(1)),
}  # fmt: skip

_PREFIXES = {"G": _F(10**9), "M": _F(10**6), "k": _F(1000), "m": _F(1, 1000), "micro": _F(1, 10**6), "n": _F(1, 10**9),
             "p": _F(1, 10**12)}  # fmt: skip
_PREFIXED = "A C F H Hz J N V W Pa T Wb Ω ohm eV mol"
"""Units that take all of these prefixes; "pm" and "Mm" are no lengths that answers state."""

DEGREE = Unit((("angle", 1),), _F(1, 180), 1)
CELSIUS = Unit((("celsius", 1),))
FAHRENHEIT = Unit((("fahrenheit", 1),))
ARC_MINUTE = Unit((("angle", 1),), _F(1, 10800), 1)
ARC_SECOND = Unit((("angle", 1),), _F(1, 648000), 1)
NO_UNIT = Unit(())
_POWER = re.compile(r"([^\d-]+)(-?\d+)?")
_VOLUME = _F(1, 1000)  # a litre in cubic metres
AMBIGUOUS = frozenset("m g s h L l A N J W V K C T F in min".split())
"""Names that are also variables or words: units only where a space or upright letters say so."""


def multiply(left: Unit, right: Unit, power: int = 1) -> Unit:
    """``left`` times ``right`` to the ``power``."""
    dimension = dict(left.dimension)
    for name, exponent in right.dimension:
        dimension[name] = dimension.get(name, 0) + exponent * power
    scale = left.scale * right.scale**power
    return _normal(dimension, scale, left.pi_power + right.pi_power * power)


PHYSICAL = frozenset(("length", "time", "mass", "current", "temperature", "amount"))
"""Dimensions whose units multiply: metres per second by seconds."""


def multiplies(*factors: Unit) -> bool:
    """Whether a product of quantities in these units is one quantity, and no count of things."""
    return all(unit.dimension and all(name in PHYSICAL for name, _ in unit.dimension) for unit in factors)


def _normal(dimension: dict[str, int], scale: Fraction, pi_power: int = 0) -> Unit:
    """Volumes are cubic lengths, so that a litre and a cubic decimetre compare."""
    if litres := dimension.pop("volume", 0):
        dimension["length"] = dimension.get("length", 0) + 3 * litres
        scale *= _VOLUME**litres
    return Unit(tuple(sorted((name, power) for name, power in dimension.items() if power)), scale, pi_power)


def _derived(definition: str, scale: Fraction) -> Unit:
    unit = Unit((), scale)
    for part in definition.split():
        match = _POWER.fullmatch(part)
        assert match is not None
        unit = multiply(unit, _known(match.group(1)), int(match.group(2) or 1))
    return unit


def _known(name: str) -> Unit:
    dimension, scale = _BASE.get(name, (name, _F(1)))
    return _normal({dimension: 1}, scale)


def _build() -> dict[str, Unit]:
    units = {name: _known(name) for name in _BASE}
    for names, (definition, scale) in _DERIVED.items():
        units |= dict.fromkeys(names.split(), _derived(definition, scale))
    prefixed = {
        f"{prefix}{name}": multiply(Unit((), scale), units[name])
        for name in _PREFIXED.split()
        for prefix, scale in _PREFIXES.items()
    }
    units |= dict.fromkeys("degree degrees deg 度".split(), DEGREE)
    abroad = {name: units[english] for english, names in ABROAD.items() for name in names.split()}
    return prefixed | abroad | units


KNOWN = _build()
CODES = frozenset(("USD", "EUR", "GBP", "RMB", "CNY", "JPY", "INR", "KRW", "RUB"))
CURRENCY = frozenset({"$", "€", "£", "¥", "₹", "₩", "₽", "¢"})


def noun(word: str) -> Unit:
    """The dimension of a counted noun, in the singular."""
    word = word.lower()
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("ches", "shes", "xes", "sses")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        word = word[:-1]
    return Unit(((word, 1),))


def known_unit(name: str) -> Unit | None:
    """The unit of that name or abbreviation, or None."""
    unit = KNOWN.get(name)
    return unit if unit is not None or name.isupper() else KNOWN.get(name.lower())
