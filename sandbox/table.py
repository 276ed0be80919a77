"""The languages that programs may be written in: data. Another language is one more row."""

from collections.abc import Mapping

from sandbox.toolchain import Extra, Language

JAVA_CLASSES = r"""
name=$(sed -nE 's/^\s*public\s+((abstract|final|strictfp|sealed)\s+)*(class|record|enum|interface)\s+(\w+).*/\4/p' Main.java)
name=$(set -- $name; echo "${1:-Main}")
[ "$name" = Main ] || mv Main.java "$name.java"
{tool} -J-XX:+UseSerialGC -J-XX:TieredStopAtLevel=1 -encoding UTF-8 -nowarn -d classes "$name.java" >&2 || exit
cd classes
for class in $(find . -name "$name.class") $(find . -name Main.class) $(find . -name '*.class'); do
    grep -qaF '([Ljava/lang/String;)V' "$class" && break
done
class=${class#./}
jar=$(dirname "$(readlink -f {tool})")/jar
"$jar" -J-XX:+UseSerialGC -J-XX:TieredStopAtLevel=1 --create --no-compress --file ../program.jar \
    --main-class "$(echo "${class%.class}" | tr / .)" . >&2 && cat ../program.jar
"""
"""A public class may have any name, which must be its file's; the main class is that, or ``Main``, or any that has a main."""

NODE_OUT_OF_MEMORY = (
    b"JavaScript heap out of memory",
    b"Array buffer allocation failed",
    b"Fatal process OOM",
    b"Fatal javascript OOM",
)

LANGUAGES: Mapping[str, Language] = {
    language.name: language
    for language in (
        Language(
            "python",
            tool="python",
            file="main.py",
            run=("{tool}", "-S", "-B", "main.py"),
            version=("{tool}", "-S", "-B", "-V"),
            aliases=("py", "python3", "py3"),
            out_of_memory=(b"MemoryError",),
            not_compiled=rb"\A(  File \"main\.py\", line \d+\n|SyntaxError: )",
        ),
        Language(
            "bash",
            tool="bash",
            file="main.sh",
            run=("{tool}", "main.sh"),
            version=("{tool}", "--version"),
            aliases=("sh", "shell"),
        ),
        Language(
            "c",
            tool="gcc",
            file="main.c",
            compile=("/bin/sh", "-c", "{tool} -std=gnu17 -O2 -pipe -o program main.c -lm >&2 && cat program"),
            run=("",),
            version=("{tool}", "--version"),
        ),
        Language(
            "cpp",
            tool="g++",
            file="main.cpp",
            compile=("/bin/sh", "-c", "{tool} -std=gnu++20 -O2 -pipe {headers} -o program main.cpp >&2 && cat program"),
            run=("",),
            version=("{tool}", "--version"),
            aliases=("c++", "cxx", "cc"),
            out_of_memory=(b"std::bad_alloc",),
        ),
        Language(
            "java",
            tool="javac",
            runtime="java",
            file="Main.java",
            compile=("/bin/sh", "-c", JAVA_CLASSES),
            compiled="program.jar",
            # one collector thread; a deep stack for the first thread alone
            run=(
                *("{runtime}", "-XX:+UseSerialGC", "-Xshare:auto", "-Xss64m", "-XX:ThreadStackSize=2048"),
                *("-XX:-UsePerfData", "-XX:CICompilerCount=2", "-Xmx{memory_mb}m", "-jar", "program.jar"),
            ),
            version=("{runtime}", "--version"),
            extra=Extra(memory_mb=192, processes=32, open_files=64),
            needs=("/etc/java-*",),
            maps_ahead=True,
            out_of_memory=(b"java.lang.OutOfMemoryError", b"insufficient memory for the Java Runtime"),
        ),
        Language(
            "javascript",
            tool="node",
            file="main.js",
            run=("{tool}", "--stack-size=32768", "main.js"),
            version=("{tool}", "--version"),
            aliases=("js", "node"),
            extra=Extra(memory_mb=64, processes=16, open_files=32),
            maps_ahead=True,
            out_of_memory=NODE_OUT_OF_MEMORY,
            not_compiled=rb"\A/\S*/main\.js:\d+\n(.*\n){2}\nSyntaxError: ",
        ),
        Language(
            "typescript",
            tool="esbuild",
            runtime="node",
            file="main.ts",
            # types are dropped, not checked; as a module where it waits at its top level
            compile=(
                *("/bin/sh", "-c"),
                "set -- main.ts --platform=node --target=node18 --log-level=warning --color=false; "
                '{tool} "$@" --format=cjs 2>/dev/null || {tool} "$@" --format=esm',
            ),
            compiled="main.js",
            run=("{runtime}", "--stack-size=32768", "main.js"),
            version=("{tool}", "--version"),
            aliases=("ts",),
            extra=Extra(memory_mb=64, processes=16, open_files=32),
            maps_ahead=True,
            out_of_memory=NODE_OUT_OF_MEMORY,
        ),
        Language(
            "go",
            tool="go",
            file="main.go",
            compile=(
                *("/bin/sh", "-c"),
                "GOMAXPROCS=4 GOTOOLCHAIN=local GODEBUG=installgoroot=all "
                "{tool} build -ldflags='-s -w' -o program main.go >&2 && cat program",
            ),
            run=("",),
            version=("{tool}", "version"),
            aliases=("golang",),
            extra=Extra(memory_mb=16, processes=16),
            maps_ahead=True,
            out_of_memory=(b"runtime: out of memory", b"cannot allocate memory"),
        ),
        Language(
            "rust",
            tool="rustc",
            file="main.rs",
            compile=(
                *("/bin/sh", "-c"),
                "{tool} --edition=2021 -O -C strip=symbols -A warnings -o program main.rs >&2 && cat program",
            ),
            run=("",),
            version=("{tool}", "--version"),
            aliases=("rs",),
            out_of_memory=(b"memory allocation of",),
        ),
    )
}


def find_language(name: str) -> Language | None:
    """The language of that name or alias, in any case; None when there is no such row."""
    name = name.strip().lower()
    return LANGUAGES.get(name) or next((row for row in LANGUAGES.values() if name in row.aliases), None)
