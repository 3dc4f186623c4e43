#include "agent/api/response_reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace torii::api {
namespace http = boost::beast::http;
namespace json = boost::json;
using boost::beast::string_view;
using boost::system::error_code;
namespace {

constexpr std::uint32_t kHeaderSizeMax = 16U << 10U;
constexpr std::size_t kErrorTextMax = 4096;

// The `message` of a meta/v1 Status, or what else it is as far as it is readable.
std::string message_of(const std::string& body) {
    error_code error;
    const json::value value = json::parse(body, error);
    if (!error && value.is_object()) {
        const json::value* message = value.as_object().if_contains("message");
        if (message != nullptr && message->is_string()) return std::string(message->as_string());
    }
    std::string line = body.substr(0, std::min<std::size_t>(body.find_first_of("\r\n"), 200));
    std::ranges::replace_if(
        line, [](unsigned char character) { return character < ' ' || character > '~'; }, '?');
    return line;
}

}  // namespace

class ResponseReader::Parser final : public http::basic_parser<false> {
public:
    Parser() {
        eager(true);
        header_limit(kHeaderSizeMax);
        body_limit(boost::none);  // a watch has no end; who takes the values limits each
    }

    const Handlers* handlers = nullptr;  // while octets are taken
    Outcome outcome;
    std::string error_body;
    std::string refusal;  // of a handler
    std::string rest;     // that the parser has not taken yet

private:
    void on_request_impl(http::verb /*method*/, string_view /*text*/, string_view /*target*/,
                         int /*version*/, error_code& /*error*/) override {}
    void on_response_impl(int code, string_view /*reason*/, int /*version*/,
                          error_code& /*error*/) override {
        outcome.status = static_cast<unsigned>(code);
    }
    void on_field_impl(http::field name, string_view /*text*/, string_view value,
                       error_code& /*error*/) override {
        if (name != http::field::retry_after) return;
        // The other form, a date, is not what an API server sends.
        unsigned seconds = 0;
        const auto [end, wrong] =
            std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (wrong == std::errc()) outcome.retry_after = Seconds(seconds);
    }
    void on_header_impl(error_code& /*error*/) override {
        if (outcome.good() && handlers->accepted) handlers->accepted();
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                           error_code& /*error*/) override {}
    std::size_t on_body_impl(string_view octets, error_code& error) override {
        return take(octets, error);
    }
    void on_chunk_header_impl(std::uint64_t /*size*/, string_view /*extensions*/,
                              error_code& /*error*/) override {}
    std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, string_view octets,
                                   error_code& error) override {
        return take(octets, error);
    }
    void on_finish_impl(error_code& /*error*/) override {
        if (!outcome.good()) outcome.message = message_of(error_body);
    }

    std::size_t take(string_view octets, error_code& error) {
        if (!outcome.good()) {
            error_body.append(octets.data(),
                              std::min(octets.size(), kErrorTextMax - error_body.size()));
        } else if (handlers->body) {
            if (auto taken = handlers->body({octets.data(), octets.size()}); !taken) {
                refusal = taken.error().message;
                error = boost::system::errc::make_error_code(boost::system::errc::protocol_error);
            }
        }
        return octets.size();
    }
};

ResponseReader::ResponseReader() : parser_(std::make_unique<Parser>()) {}
ResponseReader::~ResponseReader() = default;

// The parser takes whole lines of the header and of chunks: the rest waits for what comes next.
Result<void> ResponseReader::take(std::string_view octets, const Handlers& handlers) {
    parser_->handlers = &handlers;
    std::string& rest = parser_->rest;
    rest.append(octets);
    std::size_t used = 0;
    error_code error;
    while (!error && used < rest.size() && !parser_->is_done()) {
        used += parser_->put(boost::asio::buffer(rest.data() + used, rest.size() - used), error);
    }
    rest.erase(0, used);
    if (!error || error == http::error::need_more) return {};
    if (!parser_->refusal.empty()) return fail("{}", parser_->refusal);
    return fail("not HTTP/1.1: {}", error.message());
}

Result<void> ResponseReader::end(const Handlers& handlers) {
    if (parser_->is_done()) return {};
    if (!parser_->got_some()) return fail("the server closed the connection without an answer");
    parser_->handlers = &handlers;
    error_code error;
    parser_->put_eof(error);
    if (error) return fail("the server closed the connection in the middle of its answer");
    return {};
}

bool ResponseReader::done() const {
    return parser_->is_done();
}

bool ResponseReader::keeps_connection() const {
    return parser_->is_done() && parser_->keep_alive();
}

Outcome ResponseReader::outcome() const {
    return parser_->outcome;
}

std::string request_text(const Request& request, std::string_view host,
                         std::string_view path_prefix, std::string_view authorization) {
    std::string text = fmt::format(
        "{} {}{} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\nUser-Agent: torii-agent\r\n",
        request.method, path_prefix, request.target, host);
    if (!authorization.empty()) text += fmt::format("Authorization: {}\r\n", authorization);
    if (!request.content_type.empty()) {
        text += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", request.content_type,
                            request.body.size());
    }
    return text + "\r\n" + request.body;
}

}  // namespace torii::api
