"""Which language the characters are in that Chinese, Japanese and Korean share.

They are Japanese in a sentence where at least one character in ten is kana, Korean in one with at least as much Hangul, and
Chinese elsewhere; a short sentence of Han alone goes with the one before it. Where the target is Chinese in simplified or in
traditional characters, a sentence is in those that it has more of.
"""

from typing import Final

import numpy as np

from verifier.verifiers.language.languages import HAN, HANGUL, KANA, Target
from verifier.verifiers.language.words import SCRIPTS, Words

KANA_SHARE: Final = 0.1
"""Below it a sentence of Han and kana is Chinese: an ornamental の makes no Japanese."""
SHORT: Final = 8
"""So many characters of Han alone may belong to the sentence before them."""

_PAIRS = list(
    zip(
        "这们个来时说对为国学过还没问题数点见让认识计设证边长两总结论将从开关图给变应该实现义务产业东车马门间闻谁调谈请课读话语误试详"
        "圆积减还除归纳线与则会后样发当动电书经乘阶项顶维单复杂积极值满显须确约级类组织续练绝统综绿编缘网罗罚买卖质费资赛赢较输辑运进远连迟选择择",
        "這們個來時說對為國學過還沒問題數點見讓認識計設證邊長兩總結論將從開關圖給變應該實現義務產業東車馬門間聞誰調談請課讀話語誤試詳"
        "圓積減還除歸納線與則會後樣發當動電書經乘階項頂維單複雜積極值滿顯須確約級類組織續練絕統綜綠編緣網羅罰買賣質費資賽贏較輸輯運進遠連遲選擇擇",
        strict=True,
    )
)
_SIMPLIFIED = frozenset(simplified for simplified, traditional in _PAIRS if simplified != traditional)
_TRADITIONAL = frozenset(traditional for simplified, traditional in _PAIRS if simplified != traditional)


def attribute(words: Words, target: Target | None) -> list[str]:
    """The language of each word in Han, kana or Hangul."""
    sentences, of = np.unique(words.sentences, return_inverse=True)
    han, kana, hangul = (
        np.bincount(of, (words.ends - words.starts) * (words.scripts == SCRIPTS.index(script)), len(sentences))
        for script in (HAN, KANA, HANGUL)
    )
    shared = _shared(han.tolist(), kana.tolist(), hangul.tolist())
    if target and target.script:
        texts = [""] * len(sentences)
        for sentence, script, text in zip(of.tolist(), words.scripts.tolist(), words.texts, strict=True):
            texts[sentence] += text if SCRIPTS[script] == HAN else ""
        shared = [_written(text, target) if code == "zh" else code for code, text in zip(shared, texts, strict=True)]
    own = {SCRIPTS.index(KANA): "ja", SCRIPTS.index(HANGUL): "ko"}
    return [own.get(script) or shared[at] for script, at in zip(words.scripts.tolist(), of.tolist(), strict=True)]


def _shared(han: list[float], kana: list[float], hangul: list[float]) -> list[str]:
    """The language of the Han characters of each sentence."""
    languages: list[str] = []
    before = ""
    for of_han, of_kana, of_hangul in zip(han, kana, hangul, strict=True):
        if of_kana and of_kana >= KANA_SHARE * (of_kana + of_han):
            before = "ja"
        elif of_hangul and of_hangul >= of_han:
            before = "ko"
        elif of_han > SHORT or before != "ja":
            before = "zh"
        languages.append(before)
    return languages


def _written(text: str, target: Target) -> str:
    """The code of Chinese with its script, where the target names one."""
    simplified, traditional = (sum(map(script.__contains__, text)) for script in (_SIMPLIFIED, _TRADITIONAL))
    if simplified == traditional:
        return target.code
    return "zh-Hans" if simplified > traditional else "zh-Hant"
