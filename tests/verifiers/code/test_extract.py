"""Where in a completion the program is."""

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import find_language
from verifier.schema import Sample
from verifier.verifiers.code import CodeOptions
from verifier.verifiers.code.blocks import fenced
from verifier.verifiers.code.braces import unclosed
from verifier.verifiers.code.continuation import complete, head
from verifier.verifiers.code.definitions import PARSED_CHARS, defined
from verifier.verifiers.code.extract import extract

PROMPT = 'import math\n\ndef helper(x):\n    return x\n\ndef area(r):\n    """Area of a circle."""\n'
ASSERTS = {"type": "assert", "entry_point": "area", "code": "assert area(0) == 0"}
STDIO = {"type": "stdio", "cases": [{"stdout": ""}]}


def program(completion: str, tests: dict[str, Any] = STDIO, prompt: str | None = None, **options: Any) -> str | None:
    sample = Sample.model_validate({"completion": completion, "tests": tests, "prompt": prompt})
    chosen, python = CodeOptions(**options), find_language("python")
    found = extract(sample, chosen, lambda tag: find_language(tag) is python, "python")
    return None if found is None else complete(found, sample, chosen, "python").strip()


@pytest.mark.parametrize(
    ("completion", "found"),
    [
        ("```python\na = 1\n```", "a = 1"),
        ("```py\na = 1\n```", "a = 1"),
        ("```Python3\na = 1\n```", "a = 1"),
        ("```python title='x.py'\na = 1\n```", "a = 1"),
        ("```{python}\na = 1\n```", "a = 1"),
        ("~~~python\na = 1\n~~~", "a = 1"),
        ("````python\na = '''\n```\n'''\n````", "a = '''\n```\n'''"),
        ("```\na = 1\n```", "a = 1"),
        ("```python\na = 1\n", "a = 1"),
        ("```python\na = 1\n```\nthen\n```python\nb = 2\n```", "b = 2"),
        ("```python\na = 1\n```\nOutput:\n```\n1\n```", "a = 1"),
        ("```python\ndef f(): pass\n```\nIts tests:\n```python\nassert f() is None\n```", "def f(): pass"),
        ("```python\ndef f(): pass\n```\nSo:\n```python\ndef f(): return 1\nf()\n```", "def f(): return 1\nf()"),
        ("```python\nf = 1\n```\n```python\nasync def f(): return 1\nf()\n```", "async def f(): return 1\nf()"),
        ("```python\ngcd = 1\n```\n```python\nfrom math import *\ngcd(1)\n```", "from math import *\ngcd(1)"),
        ("```python\ninput = 1\n```\n```python\nprint(input())\n```", "print(input())"),
        (
            "```python\na = 1\n```\n```python\nmatch {}:\n    case {**a}: print(a)\n```",
            "match {}:\n    case {**a}: print(a)",
        ),
        ("```python\na = 1\n```\nIt prints:\n```python\n# nothing\n```", "a = 1"),
        ("```python\na = 1\n```\nIt prints:\n```python\n[1, (-2, {'b': None})]\n```", "a = 1"),
        ("```\nprint([1, 2])\n```\nIt prints:\n```\n[1, 2]\n```", "print([1, 2])"),
        (
            2 * ("```python\nprint(a)\na = 1\n#" + 99_000 * "-" + "\n```\n") + "```python\na\n```",
            "print(a)\na = 1\n#" + 99_000 * "-",
        ),
        (4 * ("```python\nprint(a)\na = 1\n#" + 99_000 * "-" + "\n```\n") + "```python\na\n```", "a"),
        ("```python\na = 1\n```\n```python\nprint(b\n```", "print(b"),
        ("```python\na = 1\n```\nRun it:\n```bash\npython a.py\n```", "a = 1"),
        ("1. First\n   ```python\n   if a:\n       b()\n   ```", "if a:\n    b()"),
        (
            '```python\ndef f():\n    """\n    ```\n    x\n    ```\n    """\n    return 1\n```',
            'def f():\n    """\n    ```\n    x\n    ```\n    """\n    return 1',
        ),
        ("a = 1\nprint(a)", "a = 1\nprint(a)"),
        ("```bash\nls\n```", None),
        ("The answer is 42.", None),
        ("42", None),
        ("answer", None),
        ("", None),
        ("```python\n```", ""),
        ("```python3.11\na = 1\n```", "a = 1"),
        ("```Python\r\na = 1\r\n```", "a = 1"),
        ("Here you are: ```python\na = 1\n```", "a = 1"),
        ("```python\na = 1```\nThat is all.", "a = 1"),
        ("```python\na = 1```\nBetter:\n```python\nb = 2\n```", "b = 2"),
        ("[BEGIN]\na = 1\nprint(a)\n[DONE]\nWrite another", "a = 1\nprint(a)"),
        ("a = 1\nprint(a)\n</code>\nEND SOLUTION", "a = 1\nprint(a)"),
        ("[PYTHON]\nprint(1)\n[/PYTHON]", "print(1)"),
        ("Here you are:\n\nimport sys\nprint(sys.path)\n\nThis prints the path.", "import sys\nprint(sys.path)"),
        ("A function:\n\n@lru_cache(None)\ndef f(x): return x\n\nThat is it.", "@lru_cache(None)\ndef f(x): return x"),
        ("> ```python\n> if a:\n>     b()\n> ```", "if a:\n    b()"),
        ("- ```python\n  if a:\n      b()\n  ```", "if a:\n    b()"),
        ("```\na = 1\nprint(a)\n```\nIt prints:\n```\n1\n```", "a = 1\nprint(a)"),
        ("```\na = 1\nprint(a)\n```\nIt prints:\n```\nHello there\n```", "a = 1\nprint(a)"),
        ("```python\na = 1\n```\nHere is the corrected version:\n```python\nb = 2\n```\nNow it works.", "b = 2"),
        ("<think>```python\na = 1\n```</think>```python\nb = 2\n```", "b = 2"),
        ("<think>```python\na = 1\n```</think>Nothing.", None),
        ("<answer>\na = 1\nprint(a)\n</answer>", "a = 1\nprint(a)"),
        ("Use `a = 1` and ```b```.", None),
        ("```python\n# see ```x``` and ```y```\na = 1\n```", "# see ```x``` and ```y```\na = 1"),
    ],
)
def test_program(completion: str, found: str | None) -> None:
    assert program(completion) == found


TWO = "```python\na = 1\n```\n```python\nb = 2\n```"


@pytest.mark.parametrize(
    ("block", "found"), [("last", "b = 2"), ("first", "a = 1"), ("only", None), ("joined", "a = 1\n\nb = 2")]
)
def test_policies(block: str, found: str | None) -> None:
    assert program(TWO, block=block) == found


def test_only_accepts_one() -> None:
    assert program("```python\na = 1\n```", block="only") == "a = 1"


def test_fences_can_be_required() -> None:
    assert program("a = 1", unfenced=False) is None


def test_region() -> None:
    completion = "```python\na = 1\n```\n<answer>see above</answer>"
    assert program(completion) is None
    assert program(completion, region="final") == "a = 1"


@pytest.mark.parametrize("body", ["    return math.pi * r ** 2\n", "```python\n    return math.pi * r ** 2\n```"])
def test_a_body_continues_its_prompt(body: str) -> None:
    assert program(body, ASSERTS, PROMPT) == f"{PROMPT}    return math.pi * r ** 2"


def test_an_example_of_use_is_not_the_program() -> None:
    completion = "```python\ndef area(r): return 3\n```\nExample:\n```python\nprint(area(1))\n```"
    assert program(completion, ASSERTS) == "def area(r): return 3"


AREA = "def area(r): return 3"
SEPARATE = {"type": "assert", "code": "assert area(0) == 0\nassert area(r=0) == 0"}


@pytest.mark.parametrize(
    "completion",
    [
        f"```python\n{AREA}\n```\nUse:\n```python\nprint(area(1))\n```",
        f"```python\n{AREA}\n```\nTests:\n```python\nfrom solution import area\ndef test_area(): assert area(0) == 0\n```",
        f"```python\nx = 1\n```\nThen:\n```python\n{AREA}\n```",
        f"{AREA}\n\nThis function is no good.",
        f"The answer, as a function of r:\n\n{AREA}\n",
    ],
)
def test_tests_tell_which_block_is_the_program(completion: str) -> None:
    assert program(completion, SEPARATE) == AREA


def test_tests_tell_which_function_of_its_prompt_is_continued() -> None:
    tests = {"type": "unittest", "code": "import unittest\nclass T(unittest.TestCase):\n    def test(self): area(1)\n"}
    assert program("```python\n    return math.pi\n```", tests, PROMPT) == f"{PROMPT}    return math.pi"
    assert program("```python\ndef area(r): return helper(r)\n```", tests, PROMPT) == (
        f"{PROMPT}\ndef area(r): return helper(r)"
    )


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("// adds\nlong add(long a, long b) {\n", "add"),
        ("class Problem {\n    public static ArrayList<Long> f(ArrayList<Long> a) {\n", "f"),
        ("const add = (a, b) => {\n", "add"),
        ("function add(a: number): {[key: string]: number} {\n", "add"),
        ("func (s *Stack) Push(x int) {\n", "Push"),
        ("fn add(\n    a: i32,\n    b: i32,\n) -> (i32, i32) {\n", "add"),
        ("#!/bin/bash\n# $1 is a number\nadd() {\n", "add"),
        ("Write a function add(a, b).", ""),
        ("struct Point {", ""),
        ("", ""),
    ],
)
def test_the_head_at_the_end_of_a_prompt(prompt: str, name: str) -> None:
    start, found = head(prompt)
    assert found == name
    assert not found or found in defined(prompt[start:], "cpp") or "const" in prompt


@pytest.mark.parametrize(
    ("language", "source", "names"),
    [
        ("python", "a: int = 1\nb = c = 2\ndef f():\n    d = 1\nclass G: pass", {"a", "b", "c", "f", "G"}),
        ("cpp", "// int no() {\nstd::vector<int> f(int a) { if (g(a)) { return h(a); } }", {"f"}),
        ("javascript", "const f = x => x;\nclass A { m(x) { return f(x); } }\nfunction* g() {}", {"f", "A", "m", "g"}),
        ("javascript", "console.log(f(1));\nif (f(2)) { f(3); }", set[str]()),
        ("bash", "f() {\n  :\n}\nfunction g {\n  :\n}\nf 1 2", {"f", "g"}),
        ("go", "func (s *S) M(x int) (int, error) {\n}\ntype T struct {}", {"M"}),
        ("rust", "impl<T> A<T> { fn f(&self) -> i32 { loop {} } }", {"f"}),
    ],
)
def test_what_a_source_defines(language: str, source: str, names: set[str]) -> None:
    assert defined(source, language) == names


PIECES = [
    "a(",
    "a(b)",
    "a ",
    "a<",
    "fn ",
    "a()) ",
    "(",
    "f(x) ",
    " \n",
    '"',
    '\\"',
    "/* ",
    "/*/",
    "'",
    "\\'",
    "{",
    "f(){ /* }",
]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("opening", ["", '"', "/*"])
def test_a_long_source_is_looked_through(opening: str, piece: str) -> None:
    source = (opening + piece * PARSED_CHARS)[:PARSED_CHARS]
    defined(source, "cpp")
    unclosed(source)


@pytest.mark.parametrize(
    ("code", "depth"),
    [
        ("{ /* } */ // }\n", 1),
        ("ls /tmp/* { # in bash, no comment", 1),
        ("a /* } */ b /* {", 1),
        ('{ "}\\"}" \'}\'', 1),
        ('{ "\\"}', 0),
        ('{ \\" }"', 0),
    ],
)
def test_braces_that_are_silent(code: str, depth: int) -> None:
    assert unclosed(code) == depth


def test_many_blocks_are_looked_through() -> None:
    assert (
        program("```python\n```\n" * 20_000 + f"```python\n{AREA}\n```\n" + "```python\n```\n" * 20_000, SEPARATE)
        == AREA
    )


def test_a_long_completion_of_a_head_is_looked_through_once() -> None:
    prompt, tests = (
        "#include <map>\nint helper(int a) { return a; }\nint f(int a) {\n",
        {
            "type": "assert",
            "language": "cpp",
            "code": "int main() { f(1); }",
        },
    )
    sample = Sample.model_validate({"completion": "", "tests": tests, "prompt": prompt})
    whole = "int f(int a) { return 0; }\n" * 4000
    assert complete(whole, sample, CodeOptions(), "cpp").endswith(whole)


def test_prose_is_cut_off_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []
    parses = ast.parse

    def counted(text: str) -> ast.Module:
        parsed.append(len(text))
        return parses(text)

    monkeypatch.setattr(ast, "parse", counted)
    assert program("no Python\n" + ("import this\n" + "x = 1\n" * 3000) * 8 + "no Python\n", SEPARATE) is None
    assert 0 < sum(parsed) < 4 * PARSED_CHARS


@pytest.mark.parametrize(
    "body", ["return math.pi * r ** 2", "x = r * r\n    return x", "    return 0\n\nThis is the area of a circle."]
)
def test_a_body_that_lost_its_indent_or_goes_on_in_prose(body: str) -> None:
    found = program(f"```python\n{body}\n```", ASSERTS, PROMPT)
    assert found is not None
    compile(found, "main.py", "exec")
    assert "return" in found.removeprefix(PROMPT.strip())


@pytest.mark.parametrize(
    ("language", "completion", "found"),
    [
        ("cpp", "```c++\nint main() {}\n```", "int main() {}"),
        ("cpp", "```C++17\nint main() {}\n```", "int main() {}"),
        (
            "cpp",
            "```\n#include <iostream>\nint main() {}\n```\nOutput:\n```\n42\n```",
            "#include <iostream>\nint main() {}",
        ),
        ("cpp", "```c\nint main() {}\n```", "int main() {}"),
        ("javascript", "```js\nlet a = 1\n```\n```bash\nnode a.js\n```", "let a = 1"),
        ("java", "```python\nprint(1)\n```", None),
    ],
)
def test_other_languages(language: str, completion: str, found: str | None) -> None:
    row = find_language(language)
    sample = Sample.model_validate({"completion": completion, "tests": {**STDIO, "language": language}})
    got = extract(sample, CodeOptions(), lambda tag: find_language(tag) is row, language)
    assert (got.strip() if got is not None else None) == found


def test_a_whole_function_keeps_what_its_prompt_defines() -> None:
    found = program("```python\ndef area(r):\n    return math.pi * r ** 2\n```", ASSERTS, PROMPT)
    assert found is not None
    assert found.startswith("import math")
    assert found.endswith("def area(r):\n    return math.pi * r ** 2")


def test_a_prompt_in_words_is_no_code() -> None:
    assert program("```python\ndef area(r): return 0\n```", ASSERTS, "Write area(r).") == "def area(r): return 0"


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("def f(a):\n    [insert]\n    return b", "def f(a):\n    if a:\n        b = 1\n    return b"),
        ("a = 2\n[insert]\nprint(b)", "a = 2\nif a:\n    b = 1\nprint(b)"),
    ],
)
def test_a_template(template: str, found: str) -> None:
    for tests in (STDIO, ASSERTS):
        completion = "```python\nif a:\n    b = 1\n```"
        assert program(completion, {**tests, "template": template}, PROMPT) == found


def test_continuing_can_be_switched() -> None:
    body = "```python\n    return 0\n```"
    assert program(body, ASSERTS, PROMPT, continue_prompt="never") == "return 0"
    assert program("```python\nx = 1\n```", ASSERTS, "y = 2\n", continue_prompt="always") == "y = 2\nx = 1"


@given(st.text(alphabet="`~ \npython\tabc{}", max_size=200))
def test_any_text_has_its_blocks(text: str) -> None:
    for tag, code in fenced(text):
        assert tag == tag.strip().lower()
        assert all(line in text for line in code.split("\n"))


@given(st.text(max_size=200))
def test_any_text_is_looked_through(text: str) -> None:
    found = program(text.encode(errors="replace").decode())
    assert found is None or isinstance(found, str)


def test_a_template_does_not_indent_text() -> None:
    tests = {**ASSERTS, "template": "class A:\n    [insert]\n"}
    completion = '```python\ndef area(r):\n    a = """\nx\n"""\n    return f"""{a}\ny"""\n```'
    assert program(completion, tests, PROMPT) == (
        'class A:\n    def area(r):\n        a = """\nx\n"""\n        return f"""{a}\ny"""'
    )
