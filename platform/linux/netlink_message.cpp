#include "platform/linux/netlink_message.h"

#include <libmnl/libmnl.h>

#include <sys/socket.h>

namespace torii::netlink {

std::uint8_t to_af(IpFamily family) {
    return family == IpFamily::v4 ? AF_INET : AF_INET6;
}

Message::Message(std::uint16_t type, std::uint16_t flags)
    : buffer_(kMessageSizeMax), header_(mnl_nlmsg_put_header(buffer_.data())) {
    header_->nlmsg_type = type;
    header_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
}

Message::Message(std::span<char> room, std::uint16_t type, std::uint16_t flags)
    : header_(mnl_nlmsg_put_header(room.data())) {
    header_->nlmsg_type = type;
    header_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
}

void Message::bytes(std::uint16_t type, Bytes payload) {
    mnl_attr_put(header_, type, payload.size(), payload.data());
}

void Message::u32(std::uint16_t type, std::uint32_t value) {
    mnl_attr_put_u32(header_, type, value);
}

void Message::text(std::uint16_t type, const std::string& value) {
    mnl_attr_put_strz(header_, type, value.c_str());
}

void Message::flag(std::uint16_t type) {
    mnl_attr_put(header_, type, 0, nullptr);
}

std::size_t Message::size() const {
    return MNL_ALIGN(header_->nlmsg_len);
}

void* Message::extra_header(std::size_t size) {
    return mnl_nlmsg_put_extra_header(header_, size);
}

nlattr* Message::begin_nest(std::uint16_t type) {
    return mnl_attr_nest_start(header_, type);
}

void Message::end_nest(nlattr* start) {
    mnl_attr_nest_end(header_, start);
}

}  // namespace torii::netlink
