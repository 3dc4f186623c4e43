#include "mgmt/shell/interrupt.h"

#include <csignal>

namespace torii::shell {
namespace {

volatile std::sig_atomic_t interrupt_seen = 0;
volatile std::sig_atomic_t resize_seen = 0;

void note_interrupt(int /*signal*/) {
    interrupt_seen = 1;
}
void note_resize(int /*signal*/) {
    resize_seen = 1;
}

}  // namespace

void watch_signals() {
    // Without SA_RESTART they end the wait.
    struct sigaction action {};
    action.sa_handler = note_interrupt;
    sigaction(SIGINT, &action, nullptr);
    action.sa_handler = note_resize;
    sigaction(SIGWINCH, &action, nullptr);
    // Output that nobody reads any more is an error of a write, not the end of the program.
    std::signal(SIGPIPE, SIG_IGN);
}

bool take_interrupt() {
    const bool seen = interrupt_seen != 0;
    interrupt_seen = 0;
    return seen;
}

bool interrupted() {
    return interrupt_seen != 0;
}

bool take_resize() {
    const bool seen = resize_seen != 0;
    resize_seen = 0;
    return seen;
}

}  // namespace torii::shell
