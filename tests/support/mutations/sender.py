"""Small faults in when a peer is told what has changed."""

from mutations.mutation import of

SENDER = of(
    "controlplane/speaker/update_sender.cpp",
    ("nothing waits", "    member.pausing = true;\n", ""),
    ("withdrawals wait", "return send_withdrawals(member);",
     "{\n        for (const rib::OutRun& run : changes_.runs()) note(member, changes_, run);\n"
     "        return;\n    }"),
    ("a sweep has no end", "    if (!id) {\n        pause(member);\n", "    if (!id) {\n"),
    ("what was not announced makes wait",
     "    if (!std::exchange(member.announced, false)) return;\n", ""),
    ("a refresh waits", "    end_pause(member);  // the peer has asked for it\n", ""),
    ("the end of the interval changes nothing", "        if (member.behind()) due_();\n", ""),
    ("another interval counts later",
     "std::exchange(old.member->interval, interval) != interval) {\n        "
     "end_pause(*old.member);\n    }", "std::exchange(old.member->interval, interval) != interval) {\n    }"),
    ("a route that is withdrawn in the interval is forgotten",
     "            if (!had) continue;\n            --member.sent;\n",
     "            if (!had || !member.pending.empty()) continue;\n            --member.sent;\n"),
)
