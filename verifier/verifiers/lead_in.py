"""What leads in to an answer in languages other than English: "Ответ:", "Die Antwort ist", "答案是"."""

ARTICLE = r"(?:(?:die|das|la|le|el|a|o|il)\s+)?"
NOUN = (
    r"(?:antwort|ergebnis|lösung|réponse|résultat|respuesta|resultado|resposta|risposta|risultato|antwoord|odpowiedź|cevap|jawaban"
    r"|ответ|результат|відповідь|đáp án|kết quả|答案|结果|結果|答え|解答|정답|답|결과|الإجابة|الجواب|الناتج|उत्तर|जवाब)"
)
"""Words for "answer" and "result"."""
IS = r"(?:\s+(?:ist|lautet|est|es|è|é|is|adalah|là|هو|هي)(?=\s|[:：])|\s*(?:为|是|は|은|는))"
ABROAD = rf"{ARTICLE}{NOUN}(?:{IS}\s*[:：]?|\s*[:：=])\s*"
"""All of it, up to the answer."""
