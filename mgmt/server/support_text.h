#pragma once

#include "mgmt/server/grammar.h"

namespace torii::mgmt {

// "show tech-support": what many show commands say, one after the other under a heading each. A
// portion at a time; a command that fails says so in its place. Nothing of it holds secrets, as
// nothing that is shown does.
void support_text(const Grammar& operational, const Invocation& asked, const Done& done);

}  // namespace torii::mgmt
