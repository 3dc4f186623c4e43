#pragma once

namespace torii::shell {

// Ctrl-C and changes of the window's size, as flags that whoever waits looks at: the signals end
// the wait and do nothing else.
void watch_signals();

// Whether Ctrl-C was typed since the last call.
[[nodiscard]] bool take_interrupt();
[[nodiscard]] bool interrupted();
// Whether the window changed since the last call.
[[nodiscard]] bool take_resize();

}  // namespace torii::shell
