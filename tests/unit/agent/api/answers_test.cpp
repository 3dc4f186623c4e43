// Octets of answers: HTTP and JSON in pieces, sizes, and what is wrong with them.
#include "agent/api/json_stream.h"
#include "agent/api/response_reader.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Fed in pieces of this size; what came out.
struct Reading {
    std::vector<std::string> values;
    std::string error;
    bool between = false;
};

Reading read_values(std::string_view octets, std::size_t piece, std::size_t size_max = 1000) {
    Reading reading;
    JsonStream stream(size_max);
    while (!octets.empty()) {
        const auto fed = stream.feed(octets.substr(0, piece), [&](boost::json::value value) {
            reading.values.push_back(boost::json::serialize(value));
            return Result<void>();
        });
        if (!fed) {
            reading.error = fed.error().message;
            break;
        }
        octets.remove_prefix(std::min(piece, octets.size()));
    }
    reading.between = stream.between_values();
    return reading;
}

TEST(JsonStream, ValuesInPiecesOfAnySize) {
    for (std::size_t piece = 1; piece < 40; ++piece) {
        const Reading reading = read_values("{\"a\":\"b\\n}\"}\n \n{\"c\":[1,{}]}{}\n", piece);
        EXPECT_THAT(reading.values, ElementsAre(R"({"a":"b\n}"})", R"({"c":[1,{}]})", "{}"));
        EXPECT_TRUE(reading.between);
    }
    EXPECT_FALSE(read_values("{}\n{\"a\":", 3).between);
}

TEST(JsonStream, WhatCannotBeRead) {
    EXPECT_THAT(read_values("{\"a\":1]", 100).error, HasSubstr("not JSON"));
    EXPECT_THAT(read_values(std::string(200, '['), 100).error, HasSubstr("not JSON"));
    const std::string large = "{\"a\":\"" + std::string(2000, 'x') + "\"}";
    EXPECT_THAT(read_values(large, 100).error, HasSubstr("larger than 1000 octets"));
    EXPECT_EQ(read_values(large, 100, 3000).error, "");
}

struct Answer {
    std::string body;
    bool accepted = false;
    bool done = false;
    bool keeps = false;
    Outcome outcome;
    std::string error;
};

Answer read_answer(std::string_view octets, std::size_t piece, bool closed = false) {
    Answer answer;
    ResponseReader reader;
    Handlers handlers;
    handlers.accepted = [&] { answer.accepted = true; };
    handlers.body = [&](std::string_view part) -> Result<void> {
        answer.body += part;
        if (part.find('!') != std::string_view::npos) return fail("no ! here");
        return {};
    };
    Result<void> taken;
    while (taken && !octets.empty()) {
        taken = reader.take(octets.substr(0, piece), handlers);
        octets.remove_prefix(std::min(piece, octets.size()));
    }
    if (taken && closed) taken = reader.end(handlers);
    if (!taken) answer.error = taken.error().message;
    answer.done = reader.done();
    answer.keeps = reader.keeps_connection();
    answer.outcome = reader.outcome();
    return answer;
}

TEST(ResponseReader, ChunksInPiecesOfAnySize) {
    for (std::size_t piece = 1; piece < 100; ++piece) {
        const Answer answer = read_answer(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
            piece);
        EXPECT_EQ(answer.body, "hello world");
        EXPECT_TRUE(answer.accepted && answer.done && answer.keeps);
        EXPECT_TRUE(answer.outcome.good());
    }
}

TEST(ResponseReader, ConnectionsThatEnd) {
    const Answer whole =
        read_answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 7);
    EXPECT_TRUE(whole.done);
    EXPECT_FALSE(whole.keeps);
    EXPECT_TRUE(read_answer("HTTP/1.0 200 OK\r\n\r\nto the end", 7, true).done);
    EXPECT_THAT(read_answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", 7, true).error,
                HasSubstr("in the middle"));
    EXPECT_THAT(read_answer("", 7, true).error, HasSubstr("without an answer"));
}

TEST(ResponseReader, ErrorsSayWhatTheServerSays) {
    const Answer refused = read_answer(
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nContent-Length: 42\r\n\r\n"
        "{\"kind\":\"Status\",\"message\":\"come back later\"",
        5);
    EXPECT_EQ(refused.outcome.retry_after, Seconds(3));
    EXPECT_EQ(refused.body, "") << "the handler is for what was asked for";
    const Answer said = read_answer(
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 41\r\n\r\n"
        "{\"kind\":\"Status\",\"message\":\"not for you\"}",
        5);
    EXPECT_EQ(said.outcome.text(), "403: not for you");
    EXPECT_FALSE(said.accepted);
    EXPECT_EQ(
        read_answer("HTTP/1.1 502 Bad\r\nContent-Length: 8\r\n\r\n<html>\x1b\n", 99).outcome.text(),
        "502: <html>?");
    const std::string long_text(100000, 'x');
    EXPECT_LT(read_answer("HTTP/1.1 500 No\r\nContent-Length: 100000\r\n\r\n" + long_text, 999)
                  .outcome.message.size(),
              300U);
}

TEST(ResponseReader, WhatBreaksTheProtocol) {
    for (const char* const octets :
         {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
          "HTTP/1.1 2000 OK\r\n\r\n"}) {
        EXPECT_THAT(read_answer(octets, 999).error, HasSubstr("not HTTP/1.1")) << octets;
    }
    const std::string header = "HTTP/1.1 200 OK\r\nX: " + std::string(20000, 'x');
    EXPECT_THAT(read_answer(header, 999).error, HasSubstr("not HTTP/1.1"));
    EXPECT_EQ(read_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno!", 999).error,
              "no ! here");
}

TEST(RequestText, HasWhatAServerNeeds) {
    Request request;
    request.method = "PATCH";
    request.target = "/x?y=z";
    request.content_type = "application/json";
    request.body = "{}";
    EXPECT_EQ(request_text(request, "[2001:db8::1]", "/k8s", "Bearer t"),
              "PATCH /k8s/x?y=z HTTP/1.1\r\nHost: [2001:db8::1]\r\nAccept: application/json\r\n"
              "User-Agent: torii-agent\r\nAuthorization: Bearer t\r\n"
              "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

}  // namespace
}  // namespace torii::api
