#include "mgmt/netconf/framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace torii::netconf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What comes out when `octets` come in pieces of `piece`; an error is the last one, with a mark.
std::vector<std::string> read_all(MessageReader& reader, std::string_view octets,
                                  std::size_t piece) {
    std::vector<std::string> out;
    while (!octets.empty()) {
        reader.append(octets.substr(0, piece));
        octets.remove_prefix(std::min(piece, octets.size()));
        while (true) {
            auto message = reader.next();
            if (!message) {
                out.push_back("! " + message.error().message);
                return out;
            }
            if (!*message) break;
            out.push_back(**message);
        }
    }
    return out;
}

std::vector<std::string> by_mark(std::string_view octets, std::size_t piece) {
    MessageReader reader;
    return read_all(reader, octets, piece);
}

std::vector<std::string> by_chunks(std::string_view octets, std::size_t piece = 1000) {
    MessageReader reader;
    reader.switch_to(Framing::chunked);
    return read_all(reader, octets, piece);
}

TEST(Framing, MessagesEndAtTheMarkHoweverTheyArrive) {
    for (std::size_t piece = 1; piece < 20; ++piece) {
        EXPECT_THAT(by_mark("one]]>]]>two]]]>]]>]]>]]>rest", piece), ElementsAre("one", "two]", ""))
            << piece;
    }
}

TEST(Framing, ChunksAreJoinedHoweverTheyArrive) {
    for (std::size_t piece = 1; piece < 20; ++piece) {
        EXPECT_THAT(by_chunks("\n#4\n<rpc\n#2\n/>\n##\n\n#1\nx\n##\n\n#3\npar", piece),
                    ElementsAre("<rpc/>", "x"))
            << piece;
    }
}

// The example of RFC 6242 section 4.2.
TEST(Framing, TheExampleOfTheRfcIsReadAsItIsMeant) {
    const std::string first = "<rpc message-id=\"102\"\n";
    const std::string second =
        "     xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">\n  <close-session/>\n</rpc>";
    EXPECT_THAT(by_chunks(fmt::format("\n#{}\n{}\n#{}\n{}\n##\n", first.size(), first,
                                      second.size(), second)),
                ElementsAre(first + second));
}

TEST(Framing, TheSwitchCountsFromTheNextMessage) {
    MessageReader reader;
    reader.append("hello]]>]]>\n#2\nok\n##\n");
    EXPECT_EQ(reader.next()->value(), "hello");
    reader.switch_to(Framing::chunked);
    EXPECT_EQ(reader.next()->value(), "ok");
    EXPECT_EQ(reader.buffered(), 0U);
}

TEST(Framing, WhatIsNoChunkEndsTheStream) {
    for (const char* octets : {"x", "\nx", "\r\n#1\nx", "\n#0\n", "\n#01\nx", "\n#-1\nx",
                               "\n#4294967296\nx", "\n#12345678901", "\n#1x\nx", "\n# 1\nx",
                               "\n#\n", "\n##\n", "\n#1\nxx\n##\n", "\n##x\n"}) {
        const auto got = by_chunks(octets, 1);
        ASSERT_EQ(got.size(), 1U) << octets;
        EXPECT_THAT(got[0], testing::StartsWith("! ")) << octets;
    }
}

TEST(Framing, AnUnfinishedHeaderIsNoFault) {
    for (const char* octets : {"", "\n", "\n#", "\n#1", "\n#4294967295"}) {
        EXPECT_THAT(by_chunks(octets, 1), IsEmpty()) << octets;
    }
}

TEST(Framing, ALargeMessageIsRefusedBeforeItIsThere) {
    MessageReader marked(10);
    EXPECT_THAT(read_all(marked, "0123456789]]>]]>0123456789a]]>]]>", 100),
                ElementsAre("0123456789", HasSubstr("larger than 10 octets")));
    MessageReader endless(10);
    EXPECT_THAT(read_all(endless, std::string(20, 'x'), 1),
                ElementsAre(HasSubstr("larger than 10 octets")));
    MessageReader chunked(10);
    chunked.switch_to(Framing::chunked);
    EXPECT_THAT(read_all(chunked, "\n#5\n01234\n#5\n56789\n##\n\n#5\n01234\n#6\n", 100),
                ElementsAre("0123456789", HasSubstr("larger than 10 octets")));
}

TEST(Framing, WhatWeWriteIsReadBack) {
    for (const std::size_t size : {1UL, 65535UL, 65536UL, 65537UL, 300000UL}) {
        const std::string message(size, 'm');
        EXPECT_THAT(by_chunks(framed(message, Framing::chunked), 7777), ElementsAre(message));
        EXPECT_THAT(by_mark(framed(message, Framing::end_of_message), 7777), ElementsAre(message));
    }
    EXPECT_EQ(framed("<ok/>", Framing::chunked), "\n#5\n<ok/>\n##\n");
    EXPECT_EQ(framed("<ok/>", Framing::end_of_message), "<ok/>]]>]]>");
}

}  // namespace
}  // namespace torii::netconf
