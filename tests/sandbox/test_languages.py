"""The table of languages, on a machine that has their tools."""

import dataclasses

import pytest

from sandbox import Limits, Program, Sandbox, Status, Strength, find_language, languages, probe
from sandbox.table import LANGUAGES

SUMS = {
    "python": "print(sum(map(int, input().split())))",
    "bash": 'read a b; echo $((a + b)) | { read c; echo "$c"; }',
    "c": '#include <stdio.h>\nint main(void) { int a, b; scanf("%d %d", &a, &b); printf("%d\\n", a + b); }',
    "cpp": "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b << std::endl; }",
    "javascript": "const [a, b] = require('fs').readFileSync('/dev/stdin', 'utf8').split(' ').map(Number); console.log(a + b);",
    "typescript": "import * as fs from 'fs';\nenum Which { A, B }\n"
    "const x: number[] = fs.readFileSync(0, 'utf8').split(' ').map(Number);\nconsole.log(x[Which.A] + x[Which.B]);",
    "java": "import java.util.*;\npublic class Solution {\n    public static void main(String[] x) {\n"
    "        Scanner in = new Scanner(System.in);\n        System.out.println(in.nextInt() + in.nextInt());\n    }\n}",
    "go": 'package main\nimport "fmt"\nfunc main() {\n    var a, b int\n    fmt.Scan(&a, &b)\n    sum := make(chan int)\n'
    "    go func() { sum <- a + b }()\n    fmt.Println(<-sum)\n}",
    "rust": "use std::io::*;\nfn main() {\n    let mut x = String::new();\n    stdin().read_to_string(&mut x).unwrap();\n"
    '    println!("{}", x.split_whitespace().map(|n| n.parse::<i64>().unwrap()).sum::<i64>());\n}',
}
BROKEN = {
    "python": "print(",
    "c": "int main(void) { return x; }",
    "cpp": "int main() { return x; }",
    "javascript": "console.log(;",
    "typescript": "const x: = 1;",
    "java": "class Main { public static void main(String[] a) { x } }",
    "go": "package main\nfunc main() { x }",
    "rust": "fn main() { x }",
}
GREEDY = {
    "c": "#include <stdlib.h>\n#include <string.h>\nint main(void) { for (;;) memset(malloc(1 << 20), 1, 1 << 20); }",
    "cpp": "#include <vector>\nint main() { std::vector<std::vector<int>> x; for (;;) x.emplace_back(1 << 20, 7); }",
    "javascript": "const x = []; for (;;) x.push(Buffer.alloc(1 << 20, 7));",
    "typescript": "const x: Array<number[]> = []; for (;;) x.push(new Array(1 << 16).fill(7.5));",
    "java": "class Main { public static void main(String[] a) { var x = new java.util.ArrayList<long[]>();"
    " for (;;) x.add(new long[1 << 17]); } }",
    "go": "package main\nfunc main() { var x [][]byte; for { y := make([]byte, 1<<20); for i := range y { y[i] = 1 };"
    " x = append(x, y) } }",
    "rust": "fn main() { let mut x = Vec::new(); loop { x.push(vec![7u8; 1 << 20]); } }",
}
THREADS = {
    "c": "#include <pthread.h>\n#include <stdio.h>\nvoid *f(void *x) { *(int *)x = 42; return x; }\n"
    'int main(void) { int x; pthread_t t; pthread_create(&t, 0, f, &x); pthread_join(t, 0); printf("%d\\n", x); }',
    "cpp": "#include <thread>\n#include <iostream>\nint main() { int x; std::thread t([&] { x = 42; }); t.join();"
    " std::cout << x << std::endl; }",
    "javascript": "const { Worker } = require('worker_threads');\n"
    "new Worker(\"require('worker_threads').parentPort.postMessage(42)\", { eval: true }).on('message', (x) => console.log(x));",
    "java": "class Main { public static void main(String[] a) throws Exception { int[] x = new int[8];"
    " var all = new java.util.ArrayList<Thread>(); for (int i = 0; i < 8; i++) { int n = i;"
    " var t = new Thread(() -> x[n] = n == 0 ? 14 : 4); t.start(); all.add(t); } for (var t : all) t.join();"
    " System.out.println(java.util.Arrays.stream(x).sum()); } }",
    "go": 'package main\nimport ("fmt"; "sync"; "sync/atomic")\nfunc main() { var x int64; var w sync.WaitGroup;'
    " for i := 0; i < 42; i++ { w.Add(1); go func() { atomic.AddInt64(&x, 1); w.Done() }() }; w.Wait(); fmt.Println(x) }",
    "rust": 'fn main() { println!("{}", std::thread::spawn(|| 42).join().unwrap()); }',
}
DEPTHS = {
    "java": "class Main { static int f(int n) { return n == 0 ? 42 : f(n - 1); }"
    " public static void main(String[] a) { System.out.println(f(100_000)); } }",
    "javascript": "const f = (n) => (n ? f(n - 1) : 42); console.log(f(100_000));",
    "typescript": "const f = (n: number): number => (n ? f(n - 1) : 42); console.log(f(100_000));",
    "go": 'package main\nimport "fmt"\nfunc f(n int) int { if n == 0 { return 42 }; return f(n-1) }\n'
    "func main() { fmt.Println(f(1000000)) }",
    "cpp": "#include <cstdio>\nint f(int n, volatile int *p) { volatile int x = n; return n ? f(n - 1, &x) + *p - *p : 42; }\n"
    'int main() { int x = 0; printf("%d\\n", f(1000000, &x)); }',
}


def live(name: str) -> None:
    language = find_language(name)
    if language is None or not language.live:
        pytest.skip(f"{name} is not installed")


@pytest.mark.parametrize("name", SUMS)
def test_sum_of_two_numbers(sandbox: Sandbox, name: str) -> None:
    live(name)
    if name == "bash" and sandbox.strength is Strength.C:
        pytest.skip("its pipes are processes")
    result = sandbox.run(Program(language=name, source=SUMS[name], stdin=b"19 23"))
    assert (result.status, result.stdout) == (Status.OK, b"42\n"), result


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_compile(usable: Sandbox, name: str) -> None:
    live(name)
    assert usable.run(Program(language=name, source=BROKEN[name])).status is Status.COMPILE_ERROR


@pytest.mark.parametrize("name", THREADS)
def test_threads(sandbox: Sandbox, name: str) -> None:
    live(name)
    result = sandbox.run(Program(language=name, source=THREADS[name]))
    assert (result.status, result.stdout) == (Status.OK, b"42\n"), result


@pytest.mark.parametrize("name", DEPTHS)
def test_deep_recursion(sandbox: Sandbox, name: str) -> None:
    live(name)
    result = sandbox.run(Program(language=name, source=DEPTHS[name]))
    assert (result.status, result.stdout) == (Status.OK, b"42\n"), result


@pytest.mark.parametrize(
    "source",
    [
        "interface Shape { int sides(); }\nclass Main { public static void main(String[] a) { System.out.println(42); } }",
        "class Zoo { }\nclass App { public static void main(String... a) { System.out.println(42); } }",
        "package a.b;\npublic final class Odd { public static void main(String[] a) { System.out.println(42); } }",
        "public record Pair(int a) { public static void main(String[] a) { System.out.println(new Pair(42).a()); } }",
    ],
)
def test_the_main_class_of_java_is_found(usable: Sandbox, source: str) -> None:
    live("java")
    result = usable.run(Program(language="java", source=source))
    assert result.stdout == b"42\n", result


def test_typescript_may_wait_at_its_top_level(usable: Sandbox) -> None:
    live("typescript")
    source = "const x: number = await Promise.resolve(42);\nconsole.log(x);"
    assert usable.run(Program(language="typescript", source=source)).stdout == b"42\n"


@pytest.mark.parametrize("name", GREEDY)
def test_memory_of_compiled_programs(sandbox: Sandbox, name: str) -> None:
    live(name)
    result = sandbox.run(Program(language=name, source=GREEDY[name]), Limits(memory_mb=128, cpu_s=10))
    assert result.status is Status.MEMORY_LIMIT, result


def test_one_build_many_runs(usable: Sandbox) -> None:
    live("c")
    build = usable.build(Program(language="c", source=SUMS["c"]))
    assert build.failure is None
    runs = [usable.run(dataclasses.replace(build.program, stdin=b"%d 1" % n)).stdout for n in range(3)]
    assert runs == [b"1\n", b"2\n", b"3\n"]


def test_the_same_program_is_compiled_once(usable: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    live("c")
    program = Program(language="c", source=SUMS["c"] + f"// {id(monkeypatch)}")
    first = usable.build(program)
    monkeypatch.setattr(usable, "_run", None)  # whatever compiles now, fails
    assert usable.build(program).program.binary == first.program.binary


@pytest.mark.parametrize("times", [1, 2])
def test_common_headers_are_found(usable: Sandbox, times: int) -> None:
    live("cpp")
    source = (
        "#include <bits/stdc++.h>\n" * times + "int main() { std::vector<int> x{42}; std::cout << x[0] << std::endl; }"
    )
    assert usable.run(Program(language="cpp", source=source)).stdout == b"42\n"


BOMBS = {
    "include": '#include __FILE__\n#include "/dev/zero"\n',
    "templates": "template <int N> struct A { A<N + 1> a; };\nint main() { A<0> a; }\n",
    "macros": "#define A x x x x x x x x\n"
    + "".join(f"#define {chr(66 + n)} {' '.join([chr(65 + n)] * 10)}\n" for n in range(9))
    + "int main() { J }\n",
    "binary": "char x[1L << 36] = {1};\nint main() { return x[7]; }\n",
    "constant": "constexpr long f(long n) { long s = 0; for (long i = 0; i < n; i++) s += i; return s; }\n"
    "int main() { constexpr long x = f(1L << 60); return x; }\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_compile_bombs(sandbox: Sandbox, name: str) -> None:
    live("cpp")
    build = sandbox.build(
        Program(language="cpp", source=BOMBS[name]), Limits(cpu_s=2, memory_mb=512, wall_s=20, processes=32)
    )
    assert build.failure is not None
    assert build.failure.status is not Status.SANDBOX_ERROR
    assert sandbox.run(Program(source="print(1)")).stdout == b"1\n"


def test_a_compiler_reads_no_secrets(sandbox: Sandbox) -> None:
    live("c")
    for source in ('#include "/etc/shadow"\n', '__asm__(".incbin \\"/etc/shadow\\"");\nint main(void) { return 0; }\n'):
        failure = sandbox.build(Program(language="c", source=source)).failure
        assert failure is not None
        assert b"root:" not in failure.stderr


def test_a_compiler_is_limited_too(usable: Sandbox) -> None:
    live("c")
    bomb = '#include "/dev/zero"\n'
    build = usable.build(Program(language="c", source=bomb), Limits(cpu_s=1, memory_mb=256, wall_s=5))
    assert build.failure is not None
    assert build.failure.status in {Status.COMPILE_ERROR, Status.MEMORY_LIMIT, Status.TIME_LIMIT}


def test_every_language_is_listed(usable: Sandbox) -> None:
    rows = languages()
    assert [row["name"] for row in rows] == list(LANGUAGES)
    python = rows[0]
    assert python["available"] is True
    assert python["version"].startswith("3.")
    assert all(row["detail"] for row in rows)


@pytest.mark.parametrize(
    ("alias", "name"), [("Python3", "python"), ("py", "python"), ("C++", "cpp"), (" js ", "javascript")]
)
def test_aliases(alias: str, name: str) -> None:
    language = find_language(alias)
    assert language is not None
    assert language.name == name


def test_the_doctor_finds_every_wall_in_place(usable: Sandbox) -> None:
    findings = {finding.name: finding for finding in probe()}
    assert {
        "strength A",
        "strength B",
        "strength C",
        "isolation",
        "speed",
        "view",
        "control groups",
        "memory limit",
        "seccomp",
    } <= findings.keys()
    assert findings["view"].ok, findings["view"]
    assert findings["memory limit"].ok
    assert all(finding.ok or finding.remedy for finding in findings.values())
