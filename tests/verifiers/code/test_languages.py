"""Programs in every language: right, wrong, slow, crashing, not compiling, and out to harm the compiler; and tests in them."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import Strength, find_language, offers
from verifier.errors import Unjudgeable
from verifier.schema import Sample, Score, Status
from verifier.verifiers.code import Code, CodeOptions
from verifier.verifiers.code.braces import fault

HERE = Path(__file__).parent


def read(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / file).read_text().splitlines()]


def live(name: str) -> str:
    language = find_language(name)
    if language is None or not language.live:
        pytest.skip(f"{name} is not live here")
    return language.name


def fenced(row: dict[str, Any]) -> str:
    return f"```{row['language']}\n{row['program']}\n```"


SLOW_CPU_S = 1.0
"""Enough to start any of them."""


def grade(language: str, completion: str, tests: dict[str, Any], cpu_s: float = 2.0, prompt: str = "") -> Score:
    sample = {"prompt": prompt, "completion": completion, "tests": {"language": live(language), **tests}}
    return Code(CodeOptions(cpu_s=cpu_s, wall_s=60)).verify(Sample.model_validate(sample))


@pytest.mark.parametrize("row", read("languages.jsonl"), ids=lambda row: f"{row['language']}: {row['kind']}")
def test_programs(row: dict[str, Any]) -> None:
    tests = {"type": "stdio", "cases": [{"stdin": "20 22\n", "stdout": "42\n"}]}
    score = grade(row["language"], fenced(row), tests, SLOW_CPU_S if row["kind"] == "slow" else 2.0)
    assert score.status is Status.OK
    assert score.detail["tests"][0]["verdict"] in row["verdict"].split(" / "), score
    assert score.value == (1.0 if row["verdict"] == "accepted" else 0.0)


@pytest.mark.parametrize("row", read("polyglot.jsonl"), ids=lambda row: f"{row['language']}: {row['name']}")
def test_tests_in_the_program_s_language(row: dict[str, Any]) -> None:
    completion = fenced(row) if row.get("fenced", True) else row["program"]
    cpu_s = SLOW_CPU_S if "loop" in row["name"] else 2.0
    score = grade(row["language"], completion, row["tests"], cpu_s, row.get("prompt", ""))
    assert (score.status, score.value) == (Status.OK, row["value"]), score


@pytest.mark.skipif(not Path("/usr/local/go").is_dir(), reason="Go is not that of scripts/go")
def test_go_knows_what_programs_are_written_in() -> None:
    program = (
        'package main\nimport (\n"fmt"\n"slices"\n)\nfunc main() {\nvar a, b int\nfmt.Scan(&a, &b)\nx := []int{b, a}\n'
        "slices.Sort(x)\ns := 0\nfor i := range 2 {\ns += x[i]\n}\nfmt.Println(max(s, min(a, b)))\n}\n"
    )
    tests = {"type": "stdio", "cases": [{"stdin": "20 22\n", "stdout": "42\n"}]}
    assert grade("go", fenced({"language": "go", "program": program}), tests).value == 1.0


@pytest.mark.parametrize("code", ["const { expect } = require('chai');\nadd(1, 2);", "add(1, ;"])
def test_tests_that_cannot_be_run_are_no_zero_of_the_program_s(code: str) -> None:
    with pytest.raises(Unjudgeable, match=r"tests\.code cannot be run"):
        grade("javascript", "```js\nfunction add(a, b) { return a + b; }\n```", {"type": "assert", "code": code})


@pytest.mark.parametrize(
    "code",
    [
        "test.skip('adds', () => expect(add(1, 2)).toBe(3));",
        "xit('adds', function () { expect(add(1, 2)).toBe(3); });\ntest.todo('more');",
        "describe.skip('add', () => {\n  it('adds', () => { expect(add(1, 2)).toBe(3); });\n});",
    ],
)
def test_tests_that_are_all_skipped(code: str) -> None:
    with pytest.raises(Unjudgeable, match=r"tests\.code skips all of its tests"):
        grade("javascript", "```js\nfunction add(a, b) { return a + b; }\n```", {"type": "assert", "code": code})


@pytest.mark.parametrize("program", ["const f = () => 1;", ""])
def test_a_test_is_skipped_only_where_there_is_nothing_to_test(program: str) -> None:
    code = "const one = typeof f === 'function' ? test : test.skip;\none('f', () => expect(f()).toBe(1));"
    score = grade("javascript", f"```js\nconst g = 1;\n{program}\n```", {"type": "assert", "code": code})
    assert score.value == float(bool(program))


BASH_TESTS: list[dict[str, Any]] = [
    {"type": "assert", "code": "[[ $(f) = 1 ]]"},
    {"type": "stdio", "cases": [{"stdin": "", "stdout": "1\n"}]},
]


@pytest.mark.parametrize("tests", BASH_TESTS, ids=lambda tests: tests["type"])
def test_bash_needs_processes(tests: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    if not any(offer.strength is Strength.C and not offer.lacking for offer in offers()):
        pytest.skip("there is no strength C")
    monkeypatch.setenv("SANDBOX_STRENGTH", "C")
    for program in ("f() { echo 1; }; f", "f() { echo 2; }; f | cat"):
        with pytest.raises(Unjudgeable, match="processes"):
            grade("bash", f"```bash\n{program}\n```", tests)


@pytest.mark.parametrize(
    "code", ["f | bats_or_not .\n", "[[ $(f | bats .) = 1 ]]\n", "if [[ $(f) = 1 ]]; the\n", "for x in 1 2; do\n  f\n"]
)
@pytest.mark.parametrize("program", ["f() { echo 1; }", "f() { echo 2; }\nbats() { echo 1; }"])
def test_bash_tests_that_cannot_be_run(code: str, program: str) -> None:
    tests = {"type": "assert", "code": code}
    completion = f"```bash\n{program}\n```"
    if "or_not" in code:  # a function that the program might have defined
        assert grade("bash", completion, tests).value == 0.0
        return
    with pytest.raises(Unjudgeable, match=r"tests\.code cannot be run"):
        grade("bash", completion, tests)


@pytest.mark.parametrize(
    ("language", "code", "missing"),
    [
        ("c", '#include "vendor/unity.h"\nint main(void) { UNITY_BEGIN(); return UNITY_END(); }', "vendor/unity.h"),
        ("cpp", "#include <gtest/gtest.h>\nTEST_P(F, One) { EXPECT_EQ(f(1), 1); }", "TEST_P"),
        ("cpp", "#include <catch2/catch.hpp>\nTEST_CASE() { REQUIRE_THAT(f(1), Is(1)); }", "REQUIRE_THAT"),
        ("cpp", "#include <nowhere/at_all.h>\nint main() { assert(f(1) == 1); }", "nowhere/at_all.h"),
        ("java", "import org.junit.jupiter.api.Test;\nclass T { @Test void f() {} }", "org.junit.jupiter.api.Test"),
    ],
)
def test_compiled_tests_that_need_what_is_not_there(language: str, code: str, missing: str) -> None:
    with pytest.raises(Unjudgeable, match=rf"tests\.code needs {missing}, which is not there"):
        grade(language, f"```{language}\nint f(int x) {{ return x; }}\n```", {"type": "assert", "code": code})


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("cpp", "int main() { assert(f(1) == 1 }"),
        ("cpp", "}\nint main() {\n  auto candidate = f;\n  assert(candidate((std::vector<long>({1, 2"),
        ("c", "int main() { assert(f(1) == 1));\n}"),
        ("go", "func TestF(t *testing.T) { if f(1 != 1 { t.Fail() } }"),
        ("java", '    }\n    public static void main(String[] args) {\n    assert(f("a'),
        ("rust", "fn main() { assert_eq!(f(1), 1; }"),
    ],
)
def test_compiled_tests_that_no_program_could_mend(language: str, code: str) -> None:
    with pytest.raises(Unjudgeable, match=r"tests\.code does not parse: '.' in line \d+"):
        grade(language, f"```{language}\nint f(int x) {{ return x; }}\n```", {"type": "assert", "code": code})


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("cpp", '}\nint main() { char c = \'{\'; auto s = "}"; auto r = R"x(((()x"; int n = 1\'000; /* ( */ // [\n}'),
        ("cpp", "#if 1\nint main() {\n#else\nint main(void) {\n#endif\n}"),
        ("java", 'public static void main(String[] a) { String t = """\n  { "quoted" (\n"""; char c = \'(\'; }\n}'),
        ("go", 'func TestF(t *testing.T) { s := `{[(`; r := \'{\'; _ = "\\"(" }'),
        (
            "rust",
            "fn main() { let c = '('; let e = '\\u{7b}'; let r = r#\"\"(\"#; fn g<'a>(x: &'a str) -> &'a str { x } }",
        ),
    ],
)
def test_brackets_in_text_are_none(language: str, code: str) -> None:
    assert fault(language, code) is None
