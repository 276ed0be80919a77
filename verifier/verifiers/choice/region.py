"""Where in an answer the choice stands: in boxes, in sentences that announce it, or alone on a line."""

import re
from itertools import islice

from verifier.verifiers import response
from verifier.verifiers.choice.conclusion import agreed, concluded
from verifier.verifiers.choice.ending import labelled_last, named_last
from verifier.verifiers.choice.plain import plain
from verifier.verifiers.choice.predicate import predicated
from verifier.verifiers.choice.question import LETTERS, NOTHING, Question, Reading
from verifier.verifiers.choice.statement import IS_RIGHT, read
from verifier.verifiers.choice.unsaid import is_unsaid, is_weak

_STATEMENT_CHARS = 400
_MOST_ANNOUNCEMENTS = 1_000  # an answer with more of them is worth 0, unread

_NOUN = (
    r"(?:\b(?=\w)|(?=[^\x00-\u024f]))(?<!incorrect )(?<!wrong )(?<!false )(?:"
    r"\b(?:answers?(?: choice| option)?|ans\b\.?)|\b(?:correct|right|best|final|remaining|my) "
    r"(?:choices?|options?|one|letters?|statement|response|alternative)"
    r"|\bmy (?:(?:second|next|other) )?(?:pick|guess|vote)|\bthe letter|\bsolution(?!\W{1,4}[A-Z]\W{0,2}\s\w)"
    r"|\b(?:respuesta|réponse|antwort|resposta|risposta|antwoord|svaret|svar|odpowied[źz]|odpověď|răspunsul|răspuns|válasz"
    r"|vastaus|jawaban(?:nya)?|đáp án|câu trả lời|cevap|yanıt|ответ|відповідь|отговор|απάντηση"
    r"|lösung|(?:правильный|верный) вариант)\b"
    r"(?:\s(?:correct[ae]?|corretta|correta|corect|giusta|finale?|(?:chính xác|đúng)(?: nhất)?|yang (?:benar|tepat)|benar)\b)?"
    r"|答案|答え|正解|正确(?:的)?选项|정답|답|(?:الإجابة|الجواب)(?: الصحيحة| الصحيح)?|(?:पाठ|सही )?उत्तर|উত্তর|คำตอบ(?:ที่ถูกต้อง)?"
    r"|(?:opción|alternativa|opção|opzione|option|lựa chọn) (?:correct[ae]|correcte|correta|corretta|đúng)|bonne option"
    r"|(?:richtig|korrekt|верно|правильно)(?= ist\b|:)|\bcorrect(?=\s*[:：])|解答|解|正确的|正确项|(?:सही )?जवाब|सही विकल्प"
    r"|(?:התשובה|תשובה)(?: הנכונה)?|پاسخ(?: صحیح| درست)?)"
)
_VERB = (
    r"(?:】[:：]?|\b(?:(?:is|are|to be|(?:would|must|should|has to|would have to|ought to|turns out to|(?:can|could) only) be"
    r"|es|est|ist|lautet|är|er|to|je"
    r"|este|on|adalah|là)\b|[éè]\s"
    r"|είναι\b|под буквой\b)|[:=：→—–-]|->|是|为|选[:：]?|应为|应该是|は、?|은|는|هي|هو|คือ|היא"
    r"|(?:(?<=cevap )|(?<=ответ )|(?<=yanıt )|(?<=उत्तर )|(?<=जवाब )|(?<=सही विकल्प )|(?<=صحیح )|(?<=درست )|(?<=odpowiedź ))"
    r"(?=(?:विकल्प |گزینه )?\(?[A-Z]\b))"
)
_LABELS = (
    r"(?:(?:(?:la|el|l['’]|a|o|il|die|de|het)?\s?"
    r"(?:opción|option|opção|opzione|alternativa|réponse|respuesta|resposta|risposta|antwort|ответ|letra|lettera|lettre|buchstabe|вариант|пункт)"
    r"|phương án|pilihan|opsi|opcja|možnost|विकल्प|الخيار|گزینه|ข้อ|l[ae]|το|η)\s*(?=\(?[A-Z](?!\w)))?+"
)
_DENIED = re.compile(
    r"\W{0,3}[A-Z]\W{0,2}\s*(?:नहीं|değil|نیست|では(?:ない|なく|ありません)|じゃない|[은는이가]\s?아[니닙]|不(?:是|对|正确)"
    r"|if\b[^.!?\n]*\b(?:were|had)\b)"
)
_ASIDE = r"(?:\s?\([^()\n]{1,40}\))?(?:\s+(?:to(?! be\b)|for|of|among|from|here)\b[^.:=\n]{0,60}?|, [^.,\n]{1,30},)?"
_FILLER = (
    r"(?:,?\s*+(?:therefore|thus|indeed|clearly|definitely|undoubtedly|(?:most )?(?:certainly|surely)|obviously"
    r"|of course|no doubt|without (?:a |any )?doubt|none other than|(?:most )?(?:likely|probably)|perhaps|maybe"
    r"|then|the"
    r"|daher|also|somit|folglich|donc|alors|por (?:lo )?tanto|entonces|portanto|quindi|поэтому|следовательно)\b,?\s*+)*+"
)
_LEAD_IN = re.compile(
    r"(?:(?:(?:so|thus|hence|therefore|finally|in conclusion|about|approximately"
    r"|i think|it is|it's|that is|it must be|actually|sorry|i mean)\b"
    r"|(?:(?:most )?(?:likely|probably)|definitely|certainly|surely|clearly|obviously|undoubtedly|(?:i have )?no doubt"
    r"|without (?:a |any )?doubt|ergo|conclusion(?=:)|perhaps|maybe|possibly|presumably"
    r"|vielleicht|wahrscheinlich|peut-être|probablement|zweifellos|ohne (?:jeden )?zweifel|sans (?:aucun )?doute"
    r"|sin (?:ninguna )?duda|sem dúvida|senza dubbio|без сомнения|несомненно"
    r"|probablemente|quizás?|возможно|вероятно|наверное)\b|可能是?|大概是?|因此|所以|故|应?选择?(?!项)|是(?=[A-Z])|=>|->|[⇒→➡∴👉☞])[,:，：]?\s*+)++",
    re.IGNORECASE,
)
_JSON = re.compile(
    r'^(?:json)?\s*+\{\s*+"(?:final_?|correct_?|my_?)?(?:answer|choice|option|letter|label|response)"\s*+:\s*+"([^"{}\n]*+)"\s*+'
    r'(?:,\s*+"(?:confidence|probability|certainty)"\s*+:\s*+"?[\d.]++%?"?\s*+)?\}\s*$',
    re.IGNORECASE,
)
_ASKED = re.compile(r"^[^?\n]{10,200}\?\s+(?=[^?]+$)")
_GIVEN = re.compile(r"^(?:because|since|given)\b[^.!?,;\n]{1,200},\s+", re.IGNORECASE)
_ANNOUNCEMENTS = (
    re.compile(rf"{_NOUN}['\"”]?{_ASIDE}\s*+{_VERB}\s*+(?:[:：]\s*+)?['\"“]?{_FILLER}(?i:{_LABELS})", re.IGNORECASE),
    re.compile(
        r"\b(?=[nн])(?:not|nicht|no es|non è|não é|не)\s+(?!only\b|just\b|nur\b|solo\b|только\b)[^.,;\n]{1,40},?\s+"
        r"(?:but(?: rather)?|sondern|sino|ma|mas|а)\s+"
        r"|n['’]t\s[^.,;\n]{1,40},?\s+but(?: rather)?\s+"
        r"|\bn['’]est pas\s[^.,;\n]{1,40}(?:[,;]\sc['’]est|[,;]?\smais)\s+|不是[^，,。；\n]{1,40}[,，]?\s?而?是"
        r"|(?:(?:では|じゃ)なく|[이가] 아니라)\s?(?=[(（]?[A-Z])",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?=\w)(?<!not )(?<!n't )(?<!never )(?:choose|chose|pick|select|(?:go(?:ing)?|went|stick) with|settled? (?:on|for)"
        r"|opt(?:ed)? for|leav(?:es|ing)(?: us with)?(?: only)?"
        r"|(?<=i )would say|(?<=i['’])d say|(?<=i['’]ll )say|(?<=i['’]m )choosing|(?<=i am )choosing"
        r"|chọn|elijo|choisis|wähle|escolho|scelgo|выбираю)\b\s*+"
        r"|(?<!不)(?<!不能)(?<!不应)(?<!不可)选择?(?!项)\s*+",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?=[cmtwi])(?<!not )(?<!n't )(?:corresponds? to|match(?:es)?|that is|which is|i\.e\.,?) (?:the )?"
        r"(?=(?:option|choice|answer) [(\[]?[A-Z]\b)"
        r"|(?:^|\n)[^\S\n]{0,5}(?:the |my )?(?:(?:final|correct|best|right) )?answer\W{0,3}\n\s*"
        r"(?=[(\[]?[A-Z][)\].:](?![^\n]*\n+\s*[(\[]?[A-Z][)\].:]))"
        r"|\b(?:i|i['’]m|my \w{1,12})\s(?:\w+\s){0,2}?(?:chang|switch)\w*\s(?:[\w ]{1,20}\s)?from\s[^.\n]{1,40}?\sto\s+",
        re.IGNORECASE,
    ),
)
_IS_RIGHT_ABROAD = (
    r"\s(?:est|es|è|é|ist|là)\s(?:la |el |die |a |o |l['’])?(?:bonne réponse|réponse correcte|correcte?"
    r"|respuesta correcta|correct[ao]"
    r"|risposta (?:corretta|giusta)|corrett[ao]|resposta correta|corret[ao]|richtig(?:e antwort)?"
    r"|korrekt(?:e antwort)?|đáp án đúng)\b"
    r"|(?<=\bist [A-Z])\s(?:die )?(?:richtig|korrekt)(?:e antwort)?\b|\s(?:верен|верна|верно|правильный|правилен)\b"
    r"|[がは](?:正しい|正解)(?:です|だ|である)?(?=[。.\s]|$)|[이가은는] ?정답(?:이다|입니다|이에요|임)"
)
_LETTER = r"(?:[(\[]?[A-Z][)\]]?|\([a-z]\))"
_AFFIRMED = re.compile(
    rf"(?<![A-Za-z])(?P<letters>{_LETTER}(?:(?:,\s*)?(?:\s(?i:and|or)\s+|\s*[,/&、和与及]\s*)(?:(?i:option)\s+)?{_LETTER}){{0,9}}+)"
    rf"(?:(?i:{IS_RIGHT}|{_IS_RIGHT_ABROAD})(?!\s?\?|\s+only\b)|\s*(?:项|选项)?[是都]?正确)"
)
_AFFIRMED_LETTER = re.compile(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])")


def boxed(answer: str, question: Question) -> Reading:
    """What the boxes choose."""
    boxes = response.boxes(answer)
    if not boxes:
        return NOTHING
    readings = [read(plain(box), question, "explanation") for box in boxes]
    return agreed(readings, "boxes") if readings[-1] else Reading(fault="the last box holds no option")


def unboxed(text: str, question: Question) -> Reading:
    """What a plain text chooses."""
    text = _JSON.sub(r"\1", text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    body = _without_lead_in(text.strip(), question)
    whole = read(body, question) or _every_line(lines, question)
    if whole.letters:
        return whole
    sentences, last = announced(text, question), _last_line(lines, question)
    if sentences:
        return agreed([sentences, last], "sentences")
    if whole.fault:
        return whole
    if ends := agreed([last, _first_line(lines, question)], "lines"):
        return ends
    if (
        found := concluded(text, question)
        or _last_label(lines, question)
        or named_last(text, question)
        or predicated(body, question)
    ):
        return found
    return read(body, question, "explanation") if len(lines) == 1 else NOTHING


def announced(text: str, question: Question) -> Reading:
    """What the sentences choose that announce an answer."""
    for pattern in _ANNOUNCEMENTS:
        found = list(islice(pattern.finditer(text), _MOST_ANNOUNCEMENTS + 1))
        if len(found) > _MOST_ANNOUNCEMENTS:
            return Reading(fault=f"more than {_MOST_ANNOUNCEMENTS:,} sentences announce an answer")
        said = [match for match in found if not is_unsaid(text, match.start())]
        firm = [match for match in said if not is_weak(text, match)]
        if chosen := _stated(text, firm, question) or _stated(text, said, question):
            return chosen
    affirmed = [match for match in _AFFIRMED.finditer(text) if not is_unsaid(text, match.start())]
    if affirmed and (last := concluded(text, question, affirmed[-1].end())):
        return last
    letters = " ".join(match["letters"] for match in affirmed)
    return Reading(frozenset(letter.upper() for letter in _AFFIRMED_LETTER.findall(letters)))


def _stated(text: str, announcements: list[re.Match[str]], question: Question) -> Reading:
    """What stands behind announcements."""
    ends = (match.end() for match in announcements)
    sentences = (text[at : at + _STATEMENT_CHARS].split("\n", 1)[0] for at in ends)
    told = (sentence for sentence in sentences if not _DENIED.match(sentence) or read(sentence, question))
    return agreed([read(sentence, question, "anything") for sentence in told], "sentences")


def _without_lead_in(text: str, question: Question) -> str:
    """The text without what leads in to a choice: "So", "I think", "Perhaps"; but "maybe" may be an option itself."""
    text = _GIVEN.sub("", _ASKED.sub("", text, count=1), count=1)
    lead_in = _LEAD_IN.match(text)
    return text[lead_in.end() :] if lead_in and not question.by_text(lead_in[0].strip(" ,:")) else text


def _every_line(lines: list[str], question: Question) -> Reading:
    """A text where every line is a choice: the letters of one set, or a list of the options."""
    if not 1 < len(lines) <= len(LETTERS):
        return NOTHING
    readings = [read(line, question) for line in lines]
    return agreed(readings, "lines") if all(readings) else NOTHING


def _last_line(lines: list[str], question: Question) -> Reading:
    return _alone(lines[-1:], lines[-2:-1], question)


def _last_label(lines: list[str], question: Question) -> Reading:
    """What the last line comes to, unless it only names an answer: "I don't think that the answer is B"."""
    return NOTHING if _ANNOUNCEMENTS[0].search("".join(lines[-1:])) else labelled_last("\n".join(lines), question)


def _first_line(lines: list[str], question: Question) -> Reading:
    return _alone(lines[:1], lines[1:2], question)


def _alone(line: list[str], neighbour: list[str], question: Question) -> Reading:
    """What a line chooses, unless it is part of a list: then its neighbour names another option."""
    mine, other = (
        read(_without_lead_in(lines[0], question), question) if lines else NOTHING for lines in (line, neighbour)
    )
    return NOTHING if other and other != mine else mine
