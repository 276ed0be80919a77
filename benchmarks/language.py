"""The language verifier: its error on labelled texts by detector, and its time on 20,000 words of each of some languages."""

import time
from statistics import mean

from tests.verifiers.language.labelled import Labelled, labelled
from verifier.schema import Sample
from verifier.verifiers.language import Language, LanguageOptions
from verifier.verifiers.language.detector import MODULES

WORDS = 20_000
LANGUAGES = ("en", "fr", "de", "es", "ru", "zh", "ja", "ko", "hi", "ar", "vi")


def error(verifier: Language, case: Labelled) -> float:
    """How far the value is from the true share of the target."""
    value = verifier.verify(Sample(completion=case.text, language=case.target)).value
    return abs((value or 0.0) - (case.shares.get(case.target, 0.0) if case.shares else 1.0))


def errors(verifier: Language, name: str) -> None:
    """The mean error on the texts of each file, printed."""
    for file in ("language_labelled", "language_heldout"):
        cases = labelled(file)
        started = time.process_time()
        found = [error(verifier, case) for case in cases]
        each = (time.process_time() - started) / len(cases) * 1e3
        print(
            f"{name}, {file}: {len(cases)} texts, mean error {mean(found):.4f}, worst {max(found):.3f}, {each:.1f} ms each"
        )


def times(verifier: Language) -> None:
    """Milliseconds of CPU for :data:`WORDS` words, the best of five, printed."""
    plain = {case.target: case.text for case in labelled("language_labelled") if case.why.endswith("plain")}
    for language in LANGUAGES:
        words = verifier.verify(Sample(completion=plain[language], language=language)).detail["words"]
        sample = Sample(completion=f"{plain[language]}\n" * round(WORDS / words), language=language)
        took: list[float] = []
        for _ in range(5):
            started = time.process_time()
            verifier.verify(sample)
            took.append((time.process_time() - started) * 1e3)
        print(f"{language}: {WORDS:,} words, {len(sample.text):,} characters: {min(took):.1f} ms")


def main() -> None:
    """Compare the detectors that are installed, and time the default one."""
    for name in MODULES:
        try:
            verifier = Language(LanguageOptions.model_validate({"detector": name}))
        except ValueError:
            print(f"{name}: not installed")
            continue
        errors(verifier, name)
    times(Language(LanguageOptions.model_validate({})))


if __name__ == "__main__":
    main()
