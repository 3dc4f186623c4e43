"""NETCONF over a real sshd: ncclient does every operation, yangcli is a second client, and one of our
own speaks the old framing."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

from lxml import etree
from ncclient import manager
from ncclient.operations import RPCError
from ncclient.transport.errors import SessionCloseError, TransportError

sys.path.insert(0, str(Path(__file__).resolve().parent))

from netconf_bed import PORT, SECRET, NetconfBed  # noqa: E402
from lab.wait import until  # noqa: E402

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
BGP = "urn:torii:bgp"
OPERATIONS = "urn:torii:operations"
ROUTER = f"""<bgp xmlns="{BGP}"><as>65000</as><router-id>192.0.2.1</router-id>
  <peer-group><name>LAB</name><remote-as>external</remote-as><password>{SECRET}</password></peer-group>
  <neighbor><address>192.0.2.2</address><peer-group>LAB</peer-group></neighbor></bgp>"""


def config(inside):
    """As users of ncclient write it."""
    return f"<config>{inside}</config>"


def hostname(name):
    """A small change."""
    return config(f'<system xmlns="urn:torii:system"><hostname>{name}</hostname></system>')


class NetconfTest(unittest.TestCase):
    """Each test starts with a session and the router of ROUTER."""

    @classmethod
    def setUpClass(cls):
        cls.bed = NetconfBed("torii-ncf")
        cls.addClassCleanup(cls.bed.down)
        cls.bed.up()
        with cls.connect() as session:
            session.edit_config(target="candidate", config=config(ROUTER))
            session.commit()

    @classmethod
    def connect(cls):
        """A session of ncclient's."""
        return manager.connect(host="127.0.0.1", port=PORT, username="root", timeout=30,
                               key_filename=str(cls.bed.key), hostkey_verify=False,
                               allow_agent=False, look_for_keys=False)

    def setUp(self):
        self.session = self.open()

    def open(self):
        """One more session, closed after the test whatever comes."""
        session = self.connect()
        session.async_mode = False

        def close():
            if session.connected:
                session.close_session()
        self.addCleanup(close)
        return session

    def refused(self, tag, call, *arguments, **named):
        """The error of a call that has to fail."""
        with self.assertRaises(RPCError) as caught:
            call(*arguments, **named)
        self.assertEqual(caught.exception.tag, tag, caught.exception)
        return caught.exception

    def running(self, session=None):
        """The whole running configuration."""
        return (session or self.session).get_config("running").data_xml

    def hostname(self):
        """The one in force."""
        return re.search(r"<hostname>(.*?)</hostname>", self.running()).group(1)

    # --- reading -----------------------------------------------------------------------------

    def test_hello_has_capabilities_and_modules(self):
        capabilities = list(self.session.server_capabilities)
        for wanted in ("base:1.0", "base:1.1", "candidate:1.0", "confirmed-commit:1.1",
                       "validate:1.1", "rollback-on-error:1.0", "xpath:1.0", "notification:1.0"):
            self.assertTrue(any(one.endswith(wanted) for one in capabilities), wanted)
        self.assertFalse(any("writable-running" in one or "startup" in one for one in capabilities))
        self.assertTrue(any("module=torii-types" in one for one in capabilities))

    def test_every_module_can_be_had(self):
        modules = re.findall(r"module=([^&]+)", " ".join(self.session.server_capabilities))
        self.assertGreater(len(modules), 15)
        for module in modules:
            self.assertIn(f"module {module}", self.session.get_schema(module).data)
        self.refused("invalid-value", self.session.get_schema, "no-such-module")

    def test_filters_select(self):
        found = self.session.get_config("running", filter=(
            "subtree", f'<bgp xmlns="{BGP}"><neighbor><address/></neighbor></bgp>')).data_xml
        self.assertIn("192.0.2.2", found)
        self.assertNotIn("router-id", found)
        found = self.session.get_config("running", filter=(
            "xpath", ({"b": BGP}, "/b:bgp/b:neighbor[b:peer-group='LAB']/b:address"))).data_xml
        self.assertIn("192.0.2.2", found)
        self.assertNotIn("router-id", found)
        self.refused("invalid-value", self.session.get_config, "running",
                     filter=("xpath", ({"b": BGP}, "/b:bgp[")))

    def test_defaults_are_shown_on_request(self):
        self.assertNotIn("listen-port", self.running())
        everything = self.session.get_config("running", with_defaults="report-all").data_xml
        self.assertIn("<listen-port>179</listen-port>", everything)

    def test_secrets_are_never_shown(self):
        self.session.edit_config(target="candidate", config=config(
            f'<bgp xmlns="{BGP}"><peer-group><name>LAB</name><password>{SECRET}2</password>'
            "</peer-group></bgp>"))
        self.addCleanup(self.session.discard_changes)
        for answer in (self.running(), self.session.get_config("candidate").data_xml,
                       self.session.get().data_xml,
                       self.session.get_config("running", with_defaults="report-all").data_xml):
            self.assertNotIn(SECRET, answer)
            self.assertNotIn("password", answer)
        # It is there all the same.
        self.assertIn(SECRET, self.bed.config.read_text())

    def test_get_has_what_the_daemons_say(self):
        def state():
            return self.session.get(filter=("subtree", f'<bgp xmlns="{BGP}"/>')).data_xml
        until(lambda: "<session>" in state(), 10, "the control plane tells of its neighbor")
        self.assertRegex(state(), r"<session>(idle|connect|active)</session>")
        self.assertIn("<local-as>65000</local-as>", state())
        system = self.session.get(filter=("subtree", '<system xmlns="urn:torii:system"/>')).data_xml
        self.assertIn("<name>controlplane</name><running>true</running>", system)
        self.assertIn("<name>dataplane</name><running>false</running>", system)
        self.assertIn("<through>netconf</through>", system)
        self.assertNotIn("<state>", self.running())

    def test_single_routes_and_paths_are_state(self):
        self.session.edit_config(target="candidate", config=config(
            '<routing xmlns="urn:torii:routing"><static-route><prefix>198.51.100.0/24</prefix><discard/>'
            f'</static-route></routing><bgp xmlns="{BGP}"><family><name>ipv4-unicast</name><network>'
            "<prefix>198.51.100.0/24</prefix><unconditional>true</unconditional></network></family></bgp>"))
        self.session.commit()

        def state(select):
            spaces = {"b": BGP, "r": "urn:torii:routing"}
            return self.session.get(filter=("xpath", (spaces, select))).data_xml
        route = "/r:routing/r:state/r:route[r:prefix='198.51.100.0/24']"
        until(lambda: "<protocol>static</protocol>" in state(route), 10, "the route is there")
        self.assertRegex(state(route), r"<distance>1</distance><selected>true</selected>.*<discard>true<")
        path = "/b:bgp/b:state/b:path[b:prefix='198.51.100.0/24']"
        until(lambda: "<peer>local</peer>" in state(path), 10, "the path is there")
        self.assertRegex(state(path), r"<next-hop>0\.0\.0\.0</next-hop>.*<best>true</best>")
        self.assertNotIn("<path>", state("/b:bgp/b:state/b:path[b:prefix='198.51.0.0/16']"))
        self.assertNotIn("received-path", state("/b:bgp/b:neighbor/b:state/b:received-path"))
        whole = self.session.get(filter=("subtree", '<routing xmlns="urn:torii:routing"/>')).data_xml
        self.assertIn("<kernel-limit-exceeded>", whole)
        self.assertNotIn("<route>", whole)
        named = self.session.get(filter=("subtree", (
            '<routing xmlns="urn:torii:routing"><state><route><protocol>static</protocol></route></state>'
            "</routing>"))).data_xml
        self.assertIn("<prefix>198.51.100.0/24</prefix>", named)

    def test_monitoring_knows_the_sessions(self):
        state = self.session.get(filter=("subtree", (
            '<netconf-state xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring">'
            "<sessions/></netconf-state>"))).data_xml
        self.assertIn(f"<session-id>{self.session.session_id}</session-id>", state)
        self.assertIn("<username>root</username><source-host>127.0.0.1</source-host>", state)

    # --- writing -----------------------------------------------------------------------------

    def test_a_change_is_committed_and_survives(self):
        self.session.edit_config(target="candidate", config=hostname("changed"))
        self.assertNotEqual(self.hostname(), "changed")
        self.session.validate("candidate")
        self.session.commit()
        self.assertEqual(self.hostname(), "changed")
        self.assertIn("changed", self.bed.config.read_text())
        self.assertIn("netconf", self.bed.shell("show history"))

    def test_errors_say_what_and_where(self):
        error = self.refused("invalid-value", self.session.edit_config, target="candidate",
                             config=config(f'<bgp xmlns="{BGP}"><as>0</as></bgp>'))
        self.assertEqual(error.path.strip(), "/bgp:bgp/bgp:as")
        self.assertIn("must be an AS number", error.message)
        neighbor = (f'<bgp xmlns="{BGP}" xmlns:nc="{BASE}"><neighbor nc:operation="%s">'
                    "<address>192.0.2.%s</address><peer-group>%s</peer-group></neighbor></bgp>")
        for tag, operation, last, group in (("data-exists", "create", 2, "LAB"),
                                            ("data-missing", "delete", 9, "LAB"),
                                            ("bad-attribute", "move", 2, "LAB"),
                                            ("data-missing", "create", 9, "NONE")):
            error = self.refused(tag, self.session.edit_config, target="candidate",
                                 config=config(neighbor % (operation, last, group)))
            self.assertIn(f"192.0.2.{last}" if operation != "move" else "neighbor", error.path)
        self.assertEqual(error.app_tag, "instance-required")
        self.refused("operation-not-supported", self.session.edit_config, target="running",
                     config=hostname("x"))
        self.refused("operation-not-supported", self.session.delete_config, "startup")
        # A candidate that cannot be committed, and the commit that is refused.
        self.session.edit_config(target="candidate", test_option="set",
                                 config=config(neighbor % ("create", 9, "NONE")))
        self.refused("data-missing", self.session.validate, "candidate")
        self.refused("data-missing", self.session.commit)
        self.session.discard_changes()
        self.session.validate("candidate")

    def test_copies_and_operations(self):
        self.session.edit_config(target="candidate", config=hostname("copied"))
        self.session.copy_config(source="running", target="candidate")
        self.assertEqual(self.session.get_config("candidate").data_xml, self.running())
        self.session.edit_config(
            target="candidate", default_operation="none",
            config=config(f'<bgp xmlns="{BGP}" xmlns:nc="{BASE}"><neighbor nc:operation="remove">'
                          "<address>192.0.2.2</address></neighbor></bgp>"))
        self.assertNotIn("192.0.2.2", self.session.get_config("candidate").data_xml)
        self.session.discard_changes()
        self.assertIn("192.0.2.2", self.session.get_config("candidate").data_xml)

    # --- locks -------------------------------------------------------------------------------

    def test_the_lock_is_for_all_who_write(self):
        other = self.open()
        with self.session.locked("candidate"), self.session.locked("running"):
            error = self.refused("lock-denied", other.lock, "candidate")
            self.assertIn(self.session.session_id, error.info)
            self.refused("in-use", other.edit_config, target="candidate", config=hostname("other"))
            self.refused("in-use", other.commit)
            self.refused("in-use", other.discard_changes)
            said = self.bed.shell("configure", "set system hostname shell", check=False)
            self.assertIn("locked by root", said)
            self.session.edit_config(target="candidate", config=hostname("mine"))
        # RFC 6241 section 8.3.5.2: not committed, so gone with the lock.
        self.assertNotIn("mine", self.session.get_config("candidate").data_xml)
        other.lock("candidate")
        other.unlock("candidate")
        self.refused("operation-failed", other.unlock, "candidate")

    def test_the_shells_lock_counts(self):
        shell = subprocess.Popen([self.bed.programs / "torii", "--run-dir", self.bed.folder],
                                 stdin=subprocess.PIPE, text=True)
        self.addCleanup(shell.communicate)
        shell.stdin.write("configure exclusive\n")
        shell.stdin.flush()

        def denied():
            try:
                self.session.lock("candidate")
            except RPCError as error:
                return error
            self.session.unlock("candidate")
            return None
        error = until(denied, 10, "the shell has the lock")
        self.assertEqual(error.tag, "lock-denied")
        self.assertIn("<session-id>0</session-id>", error.info)

    def test_a_killed_session_loses_its_lock(self):
        other = self.open()
        other.lock("candidate")
        self.session.kill_session(other.session_id)
        self.session.lock("candidate")
        self.session.unlock("candidate")
        with self.assertRaises((SessionCloseError, TransportError)):
            other.get_config("running")
        self.refused("invalid-value", self.session.kill_session, "4711")

    def test_a_session_that_ends_frees_the_lock(self):
        other = self.open()
        other.lock("candidate")
        other.edit_config(target="candidate", config=hostname("left"))
        other.close_session()

        def lock():
            try:
                self.session.lock("candidate")
            except RPCError:
                return False
            return True
        until(lock, 10, "the lock is free")
        self.assertNotIn("left", self.session.get_config("candidate").data_xml)
        self.session.unlock("candidate")

    # --- confirmed commits ---------------------------------------------------------------------

    def test_what_is_not_confirmed_is_undone(self):
        before = self.hostname()
        self.session.edit_config(target="candidate", config=hostname("timed"))
        self.session.commit(confirmed=True, timeout="2")
        self.assertEqual(self.hostname(), "timed")
        until(lambda: self.hostname() == before, 10, "the commit is undone")

    def test_what_is_confirmed_stays(self):
        self.session.create_subscription()
        self.session.edit_config(target="candidate", config=hostname("confirmed"))
        self.session.commit(confirmed=True, timeout="2")
        self.session.commit()
        for kind in ("waiting", "confirmed"):
            event = self.session.take_notification(timeout=10)
            self.assertIn(f"<kind>{kind}</kind>", event.notification_xml)
        self.assertIsNone(self.session.take_notification(timeout=3))
        self.assertEqual(self.hostname(), "confirmed")

    def test_the_end_of_the_session_undoes(self):
        before = self.hostname()
        other = self.open()
        other.edit_config(target="candidate", config=hostname("session"))
        other.commit(confirmed=True, timeout="600")
        self.assertEqual(self.hostname(), "session")
        self.refused("operation-failed", self.session.commit)
        other.close_session()
        until(lambda: self.hostname() == before, 10, "the commit is undone")

    def test_a_name_confirms_from_elsewhere(self):
        other = self.open()
        other.edit_config(target="candidate", config=hostname("persisted"))
        other.commit(confirmed=True, timeout="600", persist="token")
        other.close_session()
        self.refused("invalid-value", self.session.commit, persist_id="wrong")
        self.assertEqual(self.hostname(), "persisted")
        self.session.commit(persist_id="token")
        self.assertEqual(self.hostname(), "persisted")
        self.refused("invalid-value", self.session.commit, persist_id="token")

    def test_cancel_commit_undoes(self):
        before = self.hostname()
        self.session.edit_config(target="candidate", config=hostname("cancelled"))
        self.session.commit(confirmed=True, timeout="600", persist="token")
        self.refused("invalid-value", self.session.cancel_commit, persist_id="wrong")
        self.session.cancel_commit(persist_id="token")
        self.assertEqual(self.hostname(), before)
        self.refused("operation-failed", self.session.cancel_commit)

    # --- events ------------------------------------------------------------------------------

    def test_who_has_subscribed_hears_of_commits(self):
        self.session.create_subscription()
        other = self.open()
        other.edit_config(target="candidate", config=hostname("heard"))
        other.commit()
        event = self.session.take_notification(timeout=10)
        self.assertIn("<kind>committed</kind>", event.notification_xml)
        self.assertIn("<user>root</user><through>netconf</through>", event.notification_xml)
        self.assertIn("<hostname>heard</hostname>", self.running())
        again = self.open()
        again.create_subscription(start_time="2020-01-01T00:00:00Z")
        seen = ""
        while "replayComplete" not in seen:
            seen += again.take_notification(timeout=10).notification_xml
        self.assertIn("<kind>committed</kind>", seen)

    # --- other clients -------------------------------------------------------------------------

    def test_yangcli_is_content(self):
        script = self.bed.folder / "script"
        script.write_text("get-config source=running\n"
                          "get-schema identifier=torii-types version='' format=yang\n"
                          "show modules\nclose-session\n")
        done = subprocess.run(
            ["yangcli", "--server=127.0.0.1", f"--ncport={PORT}", "--user=root", "--password=x",
             f"--private-key={self.bed.key}", f"--public-key={self.bed.key}.pub", "--autoload=true",
             "--batch-mode", f"--run-script={script}"], stdin=subprocess.DEVNULL, check=False,
            capture_output=True, text=True, timeout=60, env={**os.environ, "HOME": str(self.bed.folder)})
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, said)
        self.assertRegex(said, r"(?m)^ +as 65000$")
        self.assertIn("typedef secret", said)
        # It compiled what it got, but for torii-policy: it does not know YANG 1.1's modifier.
        for module in ("torii-system", "torii-bgp", "torii-types", "ietf-netconf-monitoring"):
            self.assertRegex(said, rf"(?m)^  {module}@")

    def talk(self, *messages, user=None):
        """What torii-netconf answers to messages of base:1.0."""
        command = [str(self.bed.programs / "torii-netconf"), "--run-dir", str(self.bed.folder)]
        if user:
            command = ["setpriv", "--reuid", user, "--regid", "nogroup", "--clear-groups", *command]
        hello = (f'<hello xmlns="{BASE}"><capabilities><capability>'
                 "urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>")
        text = "]]>]]>".join((hello, *messages, ""))
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30,
                              check=False)
        return done.stdout.split("]]>]]>")[1:-1], done.stderr

    @staticmethod
    def rpc(inside):
        """A message."""
        return f'<rpc message-id="1" xmlns="{BASE}">{inside}</rpc>'

    def test_the_old_framing(self):
        answers, said = self.talk(self.rpc("<get-config><source><running/></source></get-config>"),
                                  self.rpc("<close-session/>"))
        self.assertEqual(said, "")
        self.assertEqual(len(answers), 2)
        self.assertIn("<as>65000</as>", answers[0])
        self.assertIn("<ok/>", answers[1])
        answers, said = self.talk("<rpc", self.rpc("<close-session/>"))
        self.assertEqual(answers, [])
        self.assertIn("not XML", said)

    # --- operations of our own -----------------------------------------------------------------

    def page(self, limit, cursor=None):
        """The prefixes of a page of the static routes below 10.7, and the next cursor."""
        call = etree.fromstring(
            f'<get-page xmlns="{OPERATIONS}"><filter xmlns:r="urn:torii:routing" type="xpath" '
            "select=\"/r:routing/r:state/r:route[starts-with(r:prefix, '10.7.')]\"/>"
            f"<limit>{limit}</limit></get-page>")
        if cursor is not None:
            etree.SubElement(call, f"{{{OPERATIONS}}}cursor").text = cursor
        answer = self.session.dispatch(call).xml
        found = re.search(r"<next-cursor[^>]*>(.*?)</next-cursor>", answer)
        return re.findall(r"<prefix>(.*?)</prefix>", answer), found and found.group(1)

    def test_a_table_is_read_page_by_page(self):
        wanted = [f"10.7.{number}.0/24" for number in range(100)]
        routes = "".join(f"<static-route><prefix>{prefix}</prefix><discard/></static-route>"
                         for prefix in wanted)
        self.session.edit_config(target="candidate", config=config(
            f'<routing xmlns="urn:torii:routing">{routes}</routing>'))
        self.session.commit()
        seen, cursor = self.page(30)
        pages = 1
        used = cursor
        while cursor:
            more, cursor = self.page(30, cursor)
            seen += more
            pages += 1
        self.assertEqual(seen, wanted)
        self.assertGreaterEqual(pages, 4)
        # One for each call, and of this session.
        self.refused("invalid-value", self.page, 30, used)
        self.refused("invalid-value", self.page, 30, "4711")
        self.refused("invalid-value", self.session.dispatch, etree.fromstring(
            f'<get-page xmlns="{OPERATIONS}"><filter><bgp xmlns="{BGP}"/></filter></get-page>'))

    def clear(self, inside):
        """<clear-bgp> with these parameters."""
        return self.session.dispatch(
            etree.fromstring(f'<clear-bgp xmlns="{OPERATIONS}">{inside}</clear-bgp>'))

    def test_sessions_are_cleared(self):
        for inside in ("<all/>", "<neighbor>192.0.2.2</neighbor><soft>both</soft>",
                       "<peer-group>LAB</peer-group><soft>in</soft>", "<all/><soft>out</soft>"):
            self.assertIn("<ok/>", self.clear(inside).xml)
        self.assertIn("192.0.2.99", str(self.refused(
            "operation-failed", self.clear, "<neighbor>192.0.2.99</neighbor>")))
        self.refused("missing-element", self.clear, "<soft>in</soft>")
        answers, _ = self.talk(self.rpc(f'<clear-bgp xmlns="{OPERATIONS}"><all/></clear-bgp>'),
                               user="nobody")
        self.assertIn("access-denied", answers[0])
        self.assertIn("takes the role operator", answers[0])

    def test_roles_are_kept(self):
        answers, _ = self.talk(self.rpc("<get-config><source><running/></source></get-config>"),
                               self.rpc("<lock><target><candidate/></target></lock>"),
                               self.rpc("<commit/>"), user="nobody")
        self.assertIn("<as>65000</as>", answers[0])
        self.assertIn("access-denied", answers[1])
        self.assertIn("access-denied", answers[2])
        self.assertRegex(self.bed.mgmtd.log_file.read_text(),
                         r'user="nobody".*through=netconf.*action="lock" outcome="failed: nobody is viewer')
        done = subprocess.run(
            ["setpriv", "--reuid", "daemon", "--regid", "daemon", "--clear-groups",
             str(self.bed.programs / "torii-netconf"), "--run-dir", str(self.bed.folder)],
            input="", capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("daemon has no role here", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
