"""The checks themselves: each fault planted in a small tree is found, a clean tree has no finding."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from check_mutations import findings
from mutations.mutation import Mutation

TIDY = Path(__file__).with_name("tidy.py")

CLEAN = {
    "controlplane/bgp/session.h": "#pragma once\nint hold_time();\n",
    "controlplane/rib/rib.cpp": '#include "controlplane/bgp/session.h"\n\n#include <vector>\n\n'
                                "namespace torii {\nint f() { return '{' + 1; }\n}\n",
    "controlplane/speaker/driver.cpp": "Task f(Stream& s) {\n    Message message{1};\n"
                                       "    co_await s.send(message);\n"
                                       "    if (x) {\n        co_await s.close();\n    }\n}\n",
    "tests/unit/a_test.cpp": "TEST(A, B) { EXPECT_EQ(1, f()); }\n",
    "docs/architecture.md": "See `controlplane/bgp/session.{h}`, [rib](../controlplane/rib/rib.cpp),\n"
                            "`session.h`, `controlplane/*/*.h` and `bgp/ipv4`.\n",
}

LONG_FUNCTION = "void f(int a) {\n" + "    g();\n" * 70 + "}\n"

# What is wrong, the file, its content, words of the finding expected.
FAULTS = (
    ("against the direction", "controlplane/bgp/a.h", '#include "controlplane/rib/rib.h"\n',
     "controlplane/bgp may not include controlplane/rib"),
    ("into another plane", "dataplane/fib/a.h", '#include "controlplane/bgp/session.h"\n',
     "dataplane/fib may not include controlplane/bgp"),
    ("deep in a folder", "controlplane/bgp/x/a.h", '#include "platform/linux/tap.h"\n',
     "controlplane/bgp may not include platform/linux"),
    ("a test from the product", "agent/kube/a.h", '#include "tests/support/x.h"\n',
     "not a header of ours"),
    ("not from the root", "controlplane/bgp/a.cpp", '#include "session.h"\n',
     "not a header of ours"),
    ("a folder without a rule", "controlplane/new/a.h", "int a;\n", "no include rule"),
    ("DPDK", "dataplane/port/a.h", "#include <rte_mbuf.h>\n", "<rte_mbuf.h> belongs in"),
    ("libyang", "mgmt/shell/a.h", "#include <libyang/libyang.h>\n", "belongs in mgmt/yang"),
    ("libmnl", "controlplane/server/a.h", "#include <libmnl/libmnl.h>\n", "belongs in"),
    ("yaml-cpp", "agent/model/a.h", "#include <yaml-cpp/yaml.h>\n", "belongs in agent/kube"),
    ("spdlog", "platform/base/other.cpp", "#include <spdlog/spdlog.h>\n", "belongs in"),
    ("Asio in the core", "controlplane/bgp/a.h", "#include <boost/asio.hpp>\n", "belongs in"),
    ("a long file", "controlplane/bgp/a.cpp", "int a;\n" * 501, "file of 501 lines"),
    ("a long function", "controlplane/bgp/a.cpp", LONG_FUNCTION, "function of 72 lines"),
    ("a long method", "controlplane/bgp/a.cpp",
     "class A : public B {\n    A() : a_{1} {}\n" + LONG_FUNCTION + "};\n", "function of 72 lines"),
    ("a long function after a macro", "controlplane/bgp/a.cpp",
     "#define X(a) {\n#define Y \\\n    {\n" + LONG_FUNCTION, "function of 72 lines"),
    ("a long Python function", "platform/lab/a.py", "def f():\n" + "    g()\n" * 70,
     "function of 71 lines"),
    ("two co_await", "controlplane/speaker/a.cpp",
     "Task f() {\n    g(co_await a(),\n      co_await b());\n}\n", "more than one co_await"),
    ("a braced temporary", "controlplane/speaker/a.cpp",
     "Task f() {\n    co_await send(Update{1});\n}\n", "a braced temporary"),
    ("a subrange", "controlplane/bgp/a.cpp", "void f() {\n    std::ranges::unique(a);\n}\n",
     "does not build with clang 14"),
    ("half a merge", "docs/a.md", "A\n<<<<<<< HEAD\nB\n", "left over from a merge"),
    ("a path that is gone", "docs/a.md", "See `controlplane/bgp/gone.h`.\n",
     "there is no controlplane/bgp/gone.h"),
    ("a link that is gone", "docs/a.md", "See [it](gone/a.md) and [that](../docs/b.md).\n",
     "there is no ../docs/b.md"),
    ("a file name that is gone", "controlplane/bgp/README.md", "See `gone.h`.\n",
     "no file is named gone.h"),
    ("a glob", "controlplane/CMakeLists.txt", "file(" + "GLOB a *.cpp)\n", "a glob"),
    ("a sleep in C++", "tests/unit/b_test.cpp", "void f() { std::this_thread::sleep" + "_for(1s); }\n",
     "a sleep in a test"),
    ("a sleep in Python", "tests/e2e/a.py", "time.sle" + "ep(1)\n", "a sleep in a test"),
    ("a sleep in a script", "tests/e2e/a.sh", "true\n    sleep" + " 1\n", "a sleep in a test"),
)


class TidyTest(unittest.TestCase):
    """Runs tidy as ctest does, on a tree of its own."""

    def findings(self, extra):
        """Status and output for the clean tree with `extra` files added."""
        with tempfile.TemporaryDirectory() as folder:
            for name, content in {**CLEAN, **extra}.items():
                file = Path(folder) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content)
            result = subprocess.run([sys.executable, "-B", str(TIDY), folder], capture_output=True,
                                    text=True, check=False)
            return result.returncode, result.stdout + result.stderr

    def test_clean_tree(self):
        status, output = self.findings({})
        self.assertEqual(status, 0, output)

    def test_each_fault_is_found_and_nothing_else(self):
        for reason, name, content, expected in FAULTS:
            with self.subTest(reason):
                status, output = self.findings({name: content})
                self.assertEqual(status, 1, output)
                self.assertRegex(output, rf"(?m)^{name}:\d+: .*{expected}")
                self.assertIn(" 1 findings", output)

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(subprocess.run([sys.executable, "-B", str(TIDY), folder],
                                            capture_output=True, check=False).returncode, 1)


class MutationsTest(unittest.TestCase):
    """What is wrong with a list of mutations."""

    def findings(self, *rows):
        """Of mutations of one file, each given as name, before and after."""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.cpp").write_text("once twice twice\n")
            return list(findings(Path(folder), [Mutation(name, (*file, "a.cpp")[0], before, after)
                                                for name, before, after, *file in rows]))

    def test_a_list_without_a_fault(self):
        self.assertEqual(self.findings(("a", "once", ""), ("b", "once", "never")), [])

    def test_each_fault_is_found(self):
        for expected, *rows in (
                ('"a" is stale', ("a", "never", "")),
                ('"a" is stale', ("a", "twice", "")),
                ('"a" is stale', ("a", "once", "", "gone.cpp")),
                ('"a" changes nothing', ("a", "once", "once")),
                ('"a" is the name of 2', ("a", "once", ""), ("a", "once", "never")),
                ("2 mutations are the same", ("a", "once", ""), ("b", "once", ""))):
            with self.subTest(expected):
                found = self.findings(*rows)
                self.assertEqual(len(found), 1, found)
                self.assertIn(expected, found[0])


if __name__ == "__main__":
    unittest.main()
