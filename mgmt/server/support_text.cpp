#include "mgmt/server/support_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <memory>
#include <utility>

namespace torii::mgmt {
namespace {

struct Part {
    std::string_view command;
    Form form = Form::text;
};

constexpr std::array kParts{
    Part{"show version"},
    Part{"show status"},
    Part{"show platform"},
    Part{"show platform health"},
    Part{"show system alarms"},
    Part{"show system sessions"},
    Part{"show history"},
    Part{"show configuration", Form::set},
    Part{"show interfaces"},
    Part{"show interfaces counters"},
    Part{"show arp"},
    Part{"show ipv6 neighbors"},
    Part{"show ip bgp summary"},
    Part{"show bgp ipv6 summary"},
    Part{"show ip bgp neighbors"},
    Part{"show bfd peers"},
    Part{"show bmp"},
    Part{"show policy"},
    Part{"show prefix-set"},
    Part{"show policy-sets"},
    Part{"show forwarding"},
    Part{"show forwarding ports"},
    Part{"show forwarding groups"},
    Part{"show forwarding adjacencies"},
    Part{"show forwarding drops"},
    Part{"show forwarding drops ports"},
    Part{"show forwarding workers"},
    Part{"show forwarding punts"},
    Part{"show log"},
    Part{"show ip route"},
    Part{"show ipv6 route"},
    Part{"show ip bgp"},
    Part{"show bgp ipv6"},
};

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto space = text.find(' ');
        out.emplace_back(text.substr(0, space));
        text.remove_prefix(space == text.npos ? text.size() : space + 1);
    }
    return out;
}

// Lives as long as somebody wants the next part.
class SupportText : public std::enable_shared_from_this<SupportText> {
public:
    SupportText(const Grammar& operational, SessionPtr session)
        : operational_(operational), session_(std::move(session)) {}

    void next(const Done& done) {
        const Part& part = kParts.at(index_);
        const auto match = operational_.match(split(part.command));
        if (!match) return take(failure(match.error().message), heading(part), done);
        const Invocation asked{session_, match->arguments, part.form, {}};
        (*match->run)(asked, [self = shared_from_this(), done, part](Output output) {
            self->take(std::move(output), heading(part), done);
        });
    }

private:
    static std::string heading(const Part& part) {
        return fmt::format("\n==== {}{} ====\n", part.command,
                           part.form == Form::set ? " | display set" : "");
    }

    void take(Output output, const std::string& before, const Done& done) {
        Output out{before + output.text};
        if (!output.program.empty()) {
            out.text += fmt::format("(of {})\n", fmt::join(output.program, " "));
        }
        if (output.more) {
            out.more = [self = shared_from_this(), more = output.more](const Done& go_on) {
                more([self, go_on](Output portion) { self->take(std::move(portion), "", go_on); });
            };
        } else if (++index_ < kParts.size()) {
            out.more = [self = shared_from_this()](const Done& go_on) { self->next(go_on); };
        }
        done(std::move(out));
    }

    const Grammar& operational_;
    SessionPtr session_;
    std::size_t index_ = 0;
};

}  // namespace

void support_text(const Grammar& operational, const Invocation& asked, const Done& done) {
    std::make_shared<SupportText>(operational, asked.session)->next(done);
}

}  // namespace torii::mgmt
