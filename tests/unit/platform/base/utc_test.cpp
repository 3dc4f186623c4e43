#include "platform/base/utc.h"

#include <gtest/gtest.h>

namespace torii {
namespace {

TEST(Utc, TimesAreWrittenAndReadBack) {
    EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00Z");
    EXPECT_EQ(utc_text(1'709'210'096), "2024-02-29T12:34:56Z");
    for (const std::int64_t time : {0L, 951'782'400L, 1'709'210'096L, 4'102'444'799L}) {
        EXPECT_EQ(parse_utc(utc_text(time)).value_or(-1), time);
    }
}

TEST(Utc, OffsetsAndPartsOfASecondAreTaken) {
    EXPECT_EQ(parse_utc("2024-02-29T21:34:56+09:00").value_or(-1), 1'709'210'096);
    EXPECT_EQ(parse_utc("2024-02-29T09:04:56.75-03:30").value_or(-1), 1'709'210'096);
    EXPECT_EQ(parse_utc("2024-02-29t12:34:56z").value_or(-1), 1'709'210'096);
}

TEST(Utc, WhatIsNoTimeIsNamed) {
    for (const char* text :
         {"", "2024", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z",
          "2024-01-01T00:60:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00Z ",
          "2024-01-01T00:00:00+9:00", "2024-01-01T00:00:00+24:00", "+024-01-01T00:00:00Z"}) {
        const auto parsed = parse_utc(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_NE(parsed.error().message.find(text), std::string::npos);
    }
}

}  // namespace
}  // namespace torii
