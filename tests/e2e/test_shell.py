"""The shell as a person has it: keys on a terminal, and what is on the screen afterwards.

The real torii and torii-mgmtd; no daemons, no lab.
"""

import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "platform")]

from lab.wait import until  # noqa: E402
from terminal import CTRL_C, CTRL_D, CTRL_R, LEFT, TAB, UP, Terminal  # noqa: E402

BINARIES = Path(os.environ.get("TORII_BUILD", ROOT / "build/release")) / "bin"
BAD = 7


class ShellTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="torii-shell-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.config = self.folder / "router.json"
        self.config.write_text((ROOT / "config/examples/router.json").read_text())
        self.log = open(self.folder / "mgmtd.log", "w")
        self.addCleanup(self.log.close)
        self.mgmtd = subprocess.Popen(
            [BINARIES / "torii-mgmtd", "--config", self.config, "--yang-dir", ROOT / "config/yang",
             "--run-dir", self.folder], stdout=self.log, stderr=self.log)
        self.addCleanup(self.end_mgmtd)
        until((self.folder / "mgmtd.sock").exists, 20, "torii-mgmtd's socket")

    def end_mgmtd(self):
        self.mgmtd.terminate()
        self.mgmtd.wait()

    def terminal(self, rows=24, columns=80):
        terminal = Terminal([str(BINARIES / "torii"), "--run-dir", str(self.folder)], rows, columns)
        self.addCleanup(terminal.close)
        terminal.wait_for_last_line("router>")
        return terminal

    def run_shell(self, *commands, text=None):
        words = [word for command in commands for word in ("-c", command)]
        return subprocess.run([BINARIES / "torii", "--run-dir", self.folder, *words], input=text,
                              capture_output=True, text=True, timeout=60)

    def test_tab_and_question_mark(self):
        terminal = self.terminal()
        terminal.type(f"sh{TAB}ver{TAB}\r")
        terminal.wait_for("^torii [0-9]")
        terminal.type("configure\r")
        terminal.wait_for_last_line("router[edit]#")
        terminal.type("set bgp graceful-restart mode ?")
        terminal.wait_for("disable  No graceful restart")
        terminal.wait_until(
            lambda: terminal.lines()[-1] == "router[edit]# set bgp graceful-restart mode",
            "the line that is being typed, below the help")
        terminal.type(f"{CTRL_C}set bgp neighbor 192.168.20{TAB}peer-group {TAB}\r")
        terminal.settle()
        self.assertIn("router[edit]# set bgp neighbor 192.168.20.100 peer-group CILIUM",
                      terminal.lines())
        terminal.type("show | dis?")
        terminal.wait_for("display  In another form")

    def test_a_wrong_word_is_pointed_at(self):
        terminal = self.terminal()
        terminal.type("configure\r")
        terminal.wait_for_last_line("router[edit]#")
        terminal.type("set bgp neighbor 10.0.0.300 passive\r")
        terminal.wait_for("must be an address")
        lines = terminal.lines()
        typed = next(line for line in lines if line.endswith("passive"))
        below = lines[lines.index(typed) + 1]
        self.assertEqual(below, " " * typed.index("10.0.0.300") + "^")

    def test_history_is_searched_and_recalled(self):
        terminal = self.terminal()
        terminal.type("show version\r")
        terminal.wait_for("^torii [0-9]")
        terminal.type("show history\r")
        terminal.wait_for("Back +Commit")
        terminal.wait_for_last_line("router>")  # before, the kernel takes Ctrl-R for itself
        terminal.type(f"{CTRL_R}vers")
        terminal.wait_for("show version$")
        terminal.type("\r")
        terminal.wait_until(lambda: terminal.text().count("torii 0.") == 2, "it, run again")
        terminal.wait_for_last_line("router>")
        terminal.type(f"{UP}{UP}")
        terminal.wait_for_last_line("router> show history")

    def test_ctrl_c_drops_the_line_and_ctrl_d_leaves(self):
        terminal = self.terminal()
        terminal.type("show nonsen")
        terminal.wait_until(lambda: terminal.lines()[-1] == "router> show nonsen", "the line")
        terminal.type(CTRL_C)
        terminal.wait_for_last_line("router>")
        self.assertNotIn("not known", terminal.text())
        terminal.type(CTRL_D)
        self.assertEqual(terminal.wait_for_end(), 0)

    def test_korean_is_typed_shown_and_erased(self):
        terminal = self.terminal()
        terminal.type("configure\r")
        terminal.wait_for_last_line("router[edit]#")
        terminal.type('set bgp neighbor 192.168.10.100 description "첫째 노드요\x7f"\r')
        terminal.type("show bgp | match description\r")
        terminal.wait_for('description "첫째 노드";')

    def test_another_size_of_the_window(self):
        terminal = self.terminal(columns=80)
        terminal.type("configure\r")
        terminal.wait_for_last_line("router[edit]#")
        terminal.type("set bgp neighbor 192.168.10.100 description abcdefghij")
        terminal.settle()
        terminal.resize(24, 40)
        terminal.settle()
        terminal.resize(24, 100)
        terminal.settle()
        terminal.type(f"{LEFT}{LEFT}{LEFT}XYZ\r")
        terminal.type("compare | no-more\r")
        terminal.wait_for("description abcdefgXYZhij")

    def lines_to_paste(self, bad):
        lines = [f"set bgp neighbor 10.1.{n // 200}.{n % 200} remote-as {65001 + n}"
                 for n in range(500 - bad)]
        for n in range(bad):
            lines.insert(50 * (n + 1), f"set bgp neighbor 10.1.0.{300 + n} remote-as 1")
        return lines

    def test_of_500_pasted_lines_with_bad_ones_none_is_done_and_each_is_named(self):
        terminal = self.terminal(rows=40)
        terminal.type("configure\r")
        terminal.wait_for_last_line("router[edit]#")
        began = time.monotonic()
        terminal.paste("\n".join(self.lines_to_paste(BAD)) + "\n")
        terminal.wait_for("7 errors, nothing was changed")
        seconds = time.monotonic() - began
        for number in range(1, BAD + 1):
            self.assertRegex(terminal.text(), f"line {50 * number + 1}: bgp neighbor 10.1.0.3")
        terminal.wait_for_last_line("router[edit]#")  # no change, no star
        began = time.monotonic()
        terminal.paste("\n".join(self.lines_to_paste(0)) + "\n")
        terminal.wait_for_last_line("router[edit]*#")
        seconds = max(seconds, time.monotonic() - began)
        print(f"500 pasted lines: {seconds:.2f} s", file=sys.stderr)
        terminal.type("compare | count\r")
        terminal.wait_for("Count: 500 lines")

    def test_a_paste_of_commands_runs_line_by_line_until_one_fails(self):
        terminal = self.terminal()
        terminal.paste("configure\nset system hostname one\nnonsense\ncommit\nshow ver")
        terminal.wait_for("of the 4 lines pasted 2 were run")
        terminal.wait_for_last_line("router[edit]*# show ver")

    def test_what_happens_while_typing_does_not_spoil_the_line(self):
        terminal = self.terminal()
        terminal.type("configure\r")
        terminal.wait_for_last_line("router[edit]#")
        terminal.type("set system host")
        terminal.settle()
        other = self.run_shell("configure", "set forwarding ecmp hash l3",
                               "commit confirmed 1 comment other")
        self.assertEqual(other.returncode, 0, other.stderr)
        terminal.wait_for("^! .*is undone", 30)
        terminal.wait_for_last_line("router[edit]# set system host")
        terminal.type("name two\r")
        terminal.wait_for_last_line("router[edit]*#")

    def test_the_pager_pages_searches_and_ends(self):
        lines = self.lines_to_paste(0)
        terminal = self.terminal(rows=12)
        self.load(lines)
        terminal.type("show configuration candidate | display set\r")
        terminal.wait_for("--More--$")
        first = terminal.lines()
        terminal.type(" ")
        terminal.settle()
        self.assertNotEqual(terminal.lines(), first)
        terminal.type("/10.1.2.50 \r")
        terminal.settle()
        self.assertIn("10.1.2.50 remote-as", terminal.lines()[0])
        terminal.type("g")
        terminal.wait_until(lambda: terminal.lines()[0] == "set system hostname router", "the top")
        terminal.type("q")
        terminal.wait_for_last_line("router>")
        terminal.type("show configuration candidate | display set | no-more\r")
        terminal.wait_for_last_line("router>")
        self.assertNotIn("--More--", terminal.text())

    def load(self, lines):
        (self.folder / "lines").write_text("\n".join(lines) + "\n")
        done = self.run_shell("configure", f"load set {self.folder}/lines")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_monitor_draws_over_itself_and_gives_the_screen_back(self):
        terminal = self.terminal()
        terminal.type("monitor show history interval 1\r")
        terminal.wait_for("monitor show history interval 1 +every 1 s")
        terminal.wait_for("Back +Commit")
        done = self.run_shell("configure", "set system hostname router",
                              "set forwarding ecmp hash l3", "commit comment watched")
        self.assertEqual(done.returncode, 0, done.stderr)
        terminal.wait_for("watched")
        self.assertEqual(terminal.text().count("Back "), 1, "drawn over, not below")
        terminal.type("q")
        # pyte knows no second screen.
        terminal.wait_until(lambda: b"router> " in terminal.raw.split(b"\x1b[?1049l")[-1],
                            "the prompt on the former screen")

    def test_a_text_is_typed_and_a_file_is_written(self):
        terminal = self.terminal()
        terminal.type("configure\r")
        terminal.wait_for_last_line("router[edit]#")
        terminal.type("load merge terminal\r")
        terminal.wait_for("Ctrl-D on a line of its own")
        terminal.type(f"system {{\n    hostname typed;\n}}\n{CTRL_D}")
        terminal.wait_for("Loaded")
        # Longer than what a terminal takes as a line.
        routes = ", ".join(f'{{"prefix": "10.{index}.0.0/16", "next-hop": [{{"address": '
                           f'"192.168.10.100"}}]}}' for index in range(200))
        terminal.type("load merge terminal\r")
        terminal.wait_for("Ctrl-D on a line of its own")
        terminal.type(f'{{"torii-routing:routing": {{"static-route": [{routes}]}}}}\n')
        terminal.type(CTRL_D)
        terminal.wait_until(lambda: "Loaded" in "".join(terminal.lines()[-3:]), "it is loaded")
        terminal.type(f"save {self.folder}/saved | display set\r")
        terminal.wait_for("octets are in")
        saved = (self.folder / "saved").read_text()
        self.assertIn("set system hostname typed\n", saved)
        self.assertEqual(saved.count("static-route"), 200)
        terminal.type("load frr /no/such/file\r")
        terminal.wait_for("cannot read /no/such/file: No such file")

    def test_ping_runs_in_front_and_ctrl_c_ends_it(self):
        terminal = self.terminal()
        terminal.type("ping 127.0.0.1 count 1\r")
        terminal.wait_for("1 packets transmitted, 1 received")
        terminal.wait_for_last_line("router>")
        terminal.type("ping 127.0.0.1 count 1000\r")
        terminal.wait_for("icmp_seq=2")
        terminal.type(CTRL_C)
        terminal.wait_for_last_line("router>")
        terminal.type("ping 127.0.0.1 sice 3\r")
        terminal.wait_for('"sice" is no option of ping; there are count')

    def test_scripts_stop_at_what_fails_and_name_the_line(self):
        done = self.run_shell(text="configure\nset system hostname one\nset bgp ax 1\ncommit\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("% line 3: bgp: \"ax\" is not known here", done.stderr)
        self.assertEqual(self.run_shell("show history").stdout.count("shell"), 0)
        one = self.run_shell("show version", "show nonsense", "show version")
        self.assertEqual((one.returncode, one.stdout.count("torii")), (1, 1))

    def test_tech_support_has_everything_and_no_secret(self):
        self.load(["set bgp neighbor 192.168.10.100 password canary"])
        self.assertEqual(self.run_shell("configure", "commit").returncode, 0)
        done = self.run_shell(f"show tech-support | save {self.folder}/bundle")
        self.assertEqual(done.returncode, 0, done.stderr)
        text = (self.folder / "bundle").read_text()
        for heading in ("show version", "show configuration | display set", "show ip bgp summary",
                        "show ip route", "show forwarding drops", "show log"):
            self.assertIn(f"\n==== {heading}", "\n" + text)
        self.assertNotIn("canary", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
