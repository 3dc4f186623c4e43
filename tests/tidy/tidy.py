"""Checks what no compiler checks: include direction, sizes, coroutine traps, paths in documents.

Prints a line per finding and ends with status 1 when there is one.
"""

import ast
import glob
import re
import subprocess
import sys
from pathlib import Path

from rules import HOMES, MAX_FILE_LINES, MAX_FUNCTION_LINES, MAY_INCLUDE, PLANES

CPP = {".cpp", ".h"}
LIMITED = CPP | {".py", ".sh", ".proto", ".yang", ".cmake"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
SLEEP = re.compile(r"\bsleep_(?:for|until)\b|\bu?sleep\s*\(|\btime\.sleep\b|^\s*sleep\s+[\d.$]",
                   re.MULTILINE)
LITERAL = re.compile(r'R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'',
                     re.DOTALL)
NOT_A_FUNCTION = re.compile(r"^\s*(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b")
PATH_IN_TEXT = re.compile(r"`([^`\s]+)`|\]\(([^)\s#]+)[^)]*\)")
FILE_NAME = re.compile(r"[\w.-]+\.(?:h|cpp|py|proto|yang|md|json|yaml|conf|cmake)")


def source_files(root):
    """The files that are or will be committed, relative to the root."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.split("\0") if name]
    else:  # an unpacked archive, without git
        names = [str(p.relative_to(root)) for p in root.rglob("*")]
    return sorted(Path(name) for name in set(names)
                  if (root / name).is_file() and not name.startswith("build/"))


def line_of(text, offset):
    """Line number of an offset."""
    return text.count("\n", 0, offset) + 1


def without_literals(text):
    """The same text with comments and literals blanked out; every line keeps its number."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return LITERAL.sub(blank, text)


def folder_rule(path):
    """The key of MAY_INCLUDE that a file falls under, None when there is none."""
    folder = path.parent.as_posix()
    while folder not in (".", ""):
        if folder in MAY_INCLUDE:
            return folder
        folder = Path(folder).parent.as_posix()
    return None


def check_includes(path, text):
    """Include direction and the homes of third-party headers."""
    own = folder_rule(path)
    in_a_plane = path.parts[0] in PLANES
    if in_a_plane and own is None:
        yield 1, f"folder {path.parent} has no include rule in tests/tidy/rules.py"
    for match in INCLUDE.finditer(text):
        quoted, name = match.group(1) == '"', match.group(2)
        line = line_of(text, match.start())
        if quoted and in_a_plane and own is not None:
            target = folder_rule(Path(name))
            if target is None:
                yield line, f'"{name}" is not a header of ours named from the project root'
            elif target != own and target not in MAY_INCLUDE[own]:
                yield line, f"{own} may not include {target} ({name})"
        if not quoted:
            for start, homes in HOMES.items():
                if name.startswith(start) and not _is_inside(path, homes):
                    yield line, f"<{name}> belongs in {', '.join(homes)} only"


def _is_inside(path, homes):
    return any(path.as_posix() == home or path.as_posix().startswith(home + "/") for home in homes)


def check_cpp_functions(text):
    """Length of functions, by counting braces: good enough for clang-formatted code."""
    code = without_literals(text)
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), code,
                  flags=re.MULTILINE)
    depth, function_depth, start, head = 0, None, 0, 0
    for match in re.finditer(r"[{};]", code):
        if match.group() == "{":
            signature = code[head:match.start()]
            if function_depth is None and ")" in signature and not NOT_A_FUNCTION.match(signature):
                function_depth, start = depth, match.start()
            depth += 1
        elif match.group() == "}":
            depth -= 1
            if depth == function_depth:
                lines = line_of(code, match.start()) - line_of(code, start) + 1
                if lines > MAX_FUNCTION_LINES:
                    yield line_of(code, start), f"function of {lines} lines"
                function_depth = None
        head = match.end()


def check_python_functions(text):
    """Length of functions."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield node.lineno, f"function of {lines} lines"


def check_coroutines(text):
    """g++ 12 destroys some temporaries twice when they share a statement with co_await."""
    code = without_literals(text)
    for statement in re.finditer(r"[^;]*;", code):
        awaited = re.search(r"\bco_await\b", statement.group())
        if not awaited:
            continue
        # The statement proper starts behind the last brace that opened or closed a line.
        begin = [m.end() for m in re.finditer(r"[{}][ \t]*\n", statement.group()[:awaited.start()])]
        body = statement.group()[begin[-1] if begin else 0:]
        line = line_of(code, statement.start() + awaited.start())
        if len(re.findall(r"\bco_await\b", body)) > 1:
            yield line, "more than one co_await in a statement"
        if re.search(r"\b[A-Z]\w*\{", body):
            yield line, "a braced temporary in a statement with co_await"


def check_clang(text):
    """clang 14 cannot use the subranges of libstdc++ 12, and g++ does not tell."""
    for match in re.finditer(r"\bstd::(?:ranges::(?:unique|remove|remove_if|partition|rotate|subrange"
                             r"|search)\b|views::)", without_literals(text)):
        yield line_of(text, match.start()), f"{match.group()} does not build with clang 14"


def check_document(root, path, text, names):
    """Paths and file names that a document mentions exist."""
    for match in PATH_IN_TEXT.finditer(text):
        for mentioned in _expand(match.group(1) or match.group(2)):
            line = line_of(text, match.start())
            if "/" not in mentioned:
                if FILE_NAME.fullmatch(mentioned) and mentioned not in names:
                    yield line, f"no file is named {mentioned}"
            elif _is_a_path(root, path, mentioned) and not _exists(root, path, mentioned):
                yield line, f"there is no {mentioned}"


def _expand(text):
    """`a.{h,cpp}` stands for both."""
    match = re.fullmatch(r"(.*)\{([\w.,-]+)\}(.*)", text)
    return [match.group(1) + p + match.group(3) for p in match.group(2).split(",")] if match \
        else [text]


def _is_a_path(root, document, text):
    if not re.fullmatch(r"(?:\./|\.\./)*[\w.*-]+(?:/[\w.*-]+)*/?", text) or text.startswith("build/"):
        return False
    first = text.removeprefix("./").split("/")[0]
    return first == ".." or (root / first).exists() or (root / document.parent / first).exists()


def _exists(root, document, text):
    return any(glob.glob(str(base / text)) for base in (root, root / document.parent))


def check_file(root, path, names):
    """Every finding of one file as (line, what)."""
    if path.suffix not in LIMITED | {".md", ".txt", ""}:
        return
    try:
        text = (root / path).read_text()
    except UnicodeDecodeError:
        return
    if path.suffix in LIMITED and text.count("\n") > MAX_FILE_LINES:
        yield 1, f"file of {text.count(chr(10))} lines"
    for match in re.finditer(r"^(?:<{7}|>{7}) ", text, re.MULTILINE):
        yield line_of(text, match.start()), "left over from a merge"
    if path.suffix in CPP:
        yield from check_includes(path, text)
        yield from check_cpp_functions(text)
        yield from check_coroutines(text)
        yield from check_clang(text)
    if path.suffix == ".py":
        yield from check_python_functions(text)
    if path.suffix == ".md":
        yield from check_document(root, path, text, names)
    if path.name == "CMakeLists.txt" or path.suffix == ".cmake":
        for match in re.finditer(r"\bfile\s*\(\s*GLOB", text):
            yield line_of(text, match.start()), "a glob: CMake does not see new files"
    if path.parts[0] == "tests" and path.suffix in CPP | {".py", ".sh"}:
        for match in SLEEP.finditer(text):
            yield line_of(text, match.start()), "a sleep in a test: wait for a condition"


def main(root):
    """Status 0 when there is nothing to say."""
    files = source_files(root)
    names = {path.name for path in files}
    findings = [f"{path}:{line}: {what}" for path in files
                for line, what in check_file(root, path, names)]
    print("\n".join([*findings, f"{len(files)} files, {len(findings)} findings"]))
    return 1 if findings or not files else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
