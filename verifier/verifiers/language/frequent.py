"""Frequent words that leave no doubt: connectives and the like, of four letters or more, by the languages that have them.

One such word alone between commas ("..., entonces ...") is a change of language that no n-gram model would dare to see.
Words that another of the languages has with any meaning are left out (``pour``, ``chose``, ``come``), or stand under all
that have them (``quando``).
"""

from typing import Final

_BY_LANGUAGE = {
    "en": "because however therefore which should would could where with this there their they these those what "
    "from about into then than maybe perhaps thus hence since although though while whereas between through "
    "without first whether both each every other another again check answer number wait actually instead "
    "does doesn have haven that means gives only same such when must your right equal equals value values "
    "find know need using step also",
    "fr": "donc alors mais parce puisque cependant pourtant ainsi lorsque toujours aussi avec dans nous vous leur "
    "leurs elles était sont être avoir cette ceux celui celle voilà puis ensuite enfin après avant déjà même "
    "très beaucoup chaque quel quelle quels lequel laquelle auquel soit combien pourquoi maintenant "
    "vérifions calculons trouvons résultat réponse égal égale faut",
    "de": "aber weil denn dass daher deshalb somit jedoch obwohl während zwischen durch ohne zuerst danach dann "
    "wenn nicht sich eine einen einem einer eines diese dieser dieses wird werden wurde sind haben kann "
    "können muss müssen sollte auch noch schon immer wieder vielleicht zusammen also nämlich außerdem "
    "trotzdem gleich jetzt warte ergibt gilt folgt damit dazu davon dabei beide jeder jedes zahl lösung "
    "antwort richtig falsch sowie",
    "es": "entonces pero porque aunque mientras luego además también siempre nunca después antes ahora donde "
    "cuando cuanto cuántos este esta estos estas esos aquel nosotros ellos puede debe tiene tenemos cada "
    "desde hasta según sino está unos quizás todavía número respuesta espera bueno veamos vamos hacer igual "
    "así",
    "it": "quindi però perché poiché mentre allora anche ancora sempre dopo adesso della delle degli dello "
    "nella nelle questo questa questi queste quello quella sono essere abbiamo dunque infatti inoltre cioè "
    "oppure invece forse numero risposta aspetta vediamo ogni quando perciò così già più può deve uguale "
    "pertanto",
    "pt": "então porque também ainda depois antes agora quando cada desde até são não umas pela pelos pelas "
    "isso isto essa esses essas aquele nós eles temos pode deve muito porém contudo portanto entretanto "
    "enquanto talvez número resposta espere espera vamos fazer igual assim você já está nunca mais sempre "
    "este esta estas",
    "nl": "maar omdat echter hoewel terwijl tussen zonder eerst daarna toen niet deze worden wordt werd zijn "
    "hebben kunnen moet moeten altijd weer misschien samen namelijk bovendien gelijk daarom hierdoor beide "
    "elke ieder antwoord getal klopt wacht krijgen vinden zoals",
    "sv": "eftersom därför alltså också inte är från mellan utan först varje kanske kunna skulle måste svaret "
    "talet eller både båda detta dessa efter",
    "da": "fordi derfor altså også ikke mellem uden siden først hver måske kunne skulle svaret tallet eller både "
    "dette disse efter",
    "no": "fordi derfor altså også ikke mellom uten siden først hver kanskje kunne skulle svaret tallet eller både "
    "dette disse etter",
    "pl": "ponieważ więc jednak zatem dlatego oraz albo jeśli jeżeli kiedy gdzie teraz potem najpierw także zawsze "
    "może każdy każda liczba liczby wynosi mamy jest są się czyli stąd bardzo przez które który która tego",
    "cs": "protože tedy však proto nebo jestli když nyní potom nejprve také vždy možná každý každá číslo čísla "
    "máme není jsou jsme které který která tohoto takže odtud",
    "ro": "pentru deoarece deci însă totuși astfel dacă când unde acum apoi întâi este sunt și această acest "
    "fiecare număr numărul avem poate",
    "tr": "çünkü ancak yüzden nedenle eğer şimdi sonra önce ayrıca belki değil için olarak olan daha sayı sayısı "
    "cevap böylece yani",
    "vi": "không của và là được các những một trong với nếu thì vậy nên cũng đó",
    "id": "karena tetapi jadi maka sehingga namun kemudian adalah yang dengan untuk tidak dari kita akan dapat "
    "setiap bilangan jawaban juga",
    "fi": "koska mutta siis joten kuitenkin sitten ensin myös aina ehkä luku luvun vastaus että joka tämä nämä ovat",
    "hu": "mert hogy tehát azonban ezért vagy akkor aztán először mindig talán minden szám válasz",
    "ru": "поэтому потому значит однако если когда тогда сначала потом также всегда может быть каждый каждая число "
    "числа ответ что это этот эта чтобы только нужно теперь или получаем следовательно где как они очень",
    "uk": "отже однак якщо коли тоді спочатку потім також завжди може бути кожен кожна число числа відповідь що "
    "цей щоб тільки потрібно тепер або отримуємо як вони дуже від між",
    "bg": "затова защото значи обаче ако кога тогава първо също винаги може всеки всяка число числа отговор това "
    "тази само трябва сега или получаваме къде как те",
    "ar": "لأن إذن لذلك ولكن لكن إذا عندما ثم أيضا ربما على إلى هذا هذه التي الذي كان يكون نحن الآن",
    "fa": "زیرا بنابراین ولی اما اگر وقتی سپس همچنین شاید این است که را می‌شود برای باید اکنون",
    "ur": "کیونکہ اس لیے لیکن اگر جب پھر بھی شاید ہے ہیں کے کی میں سے کو نے اور",
    "hi": "क्योंकि इसलिए लेकिन अगर यदि जब तब फिर भी शायद है हैं के में से को और नहीं",
    "mr": "म्हणून पण जर जेव्हा तेव्हा नंतर देखील आहे आहेत आणि नाही",
}

LISTED: Final = frozenset(_BY_LANGUAGE)
"""The languages whose frequent words are known: a word of another speaks against these alone."""


def _of_each_word() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for language, words in _BY_LANGUAGE.items():
        for word in words.split():
            found.setdefault(word, set()).add(language)
    return {word: frozenset(languages) for word, languages in found.items()}


LANGUAGES_OF: Final = _of_each_word()
"""The languages that have a frequent word."""
