"""Which language the characters are in that Chinese, Japanese and Korean share.

They are Japanese in a sentence where at least one character in ten is kana, Korean in one with at least as much Hangul, and
Chinese elsewhere; a short sentence of Han alone goes with the one before it. Characters that one language alone has are
proof: of Chinese wherever they stand, of Japanese in a sentence without kana. Where the target is Chinese in simplified or in
traditional characters, a sentence is in those that it has more of.
"""

import re
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
_CHINESE_ALONE = re.compile(rf"[{''.join(sorted(_SIMPLIFIED - set('来国学数点将会当与后')))}]|(?<![皇太])后")
"""Simplified as nowhere in Japan."""
_JAPANESE_ALONE = re.compile(
    "[対図実変単総発経円売読駅広歩気転続継絵価両択沢釈辺応帰関囲検従験険権観営労覚厳挙悪圧隠楽恵軽収乗剰処焼専戦増弾遅庁聴鉄伝働込"
    "畑峠枠払仏毎満黙薬訳様覧霊齢歳済巻徴黒緑]"
)
"""Simplified as nowhere in China."""
_TRADITIONAL = frozenset(traditional for simplified, traditional in _PAIRS if simplified != traditional)


def attribute(words: Words, target: Target | None) -> list[str]:
    """The language of each word in Han, kana or Hangul."""
    sentences, of = np.unique(words.sentences, return_inverse=True)
    han, kana, hangul = (
        np.bincount(of, (words.ends - words.starts) * (words.scripts == SCRIPTS.index(script)), len(sentences))
        for script in (HAN, KANA, HANGUL)
    )
    texts = [""] * len(sentences)
    for sentence, script, text in zip(of.tolist(), words.scripts.tolist(), words.texts, strict=True):
        texts[sentence] += text if SCRIPTS[script] == HAN else ""
    shared = _shared(texts, han.tolist(), kana.tolist(), hangul.tolist())
    chinese = [_written(text, target) if target and target.script else "zh" for text in texts]
    own = {SCRIPTS.index(KANA): "ja", SCRIPTS.index(HANGUL): "ko"}
    return [
        own.get(script) or (chinese[at] if shared[at] == "zh" or _CHINESE_ALONE.search(text) else shared[at])
        for script, at, text in zip(words.scripts.tolist(), of.tolist(), words.texts, strict=True)
    ]


def _shared(texts: list[str], han: list[float], kana: list[float], hangul: list[float]) -> list[str]:
    """The language of the Han characters of each sentence, which are its text."""
    languages: list[str] = []
    before = ""
    for text, of_han, of_kana, of_hangul in zip(texts, han, kana, hangul, strict=True):
        proof = not of_kana and _JAPANESE_ALONE.search(text) and not _CHINESE_ALONE.search(text)
        if proof or (of_kana and of_kana >= KANA_SHARE * (of_kana + of_han)):
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
