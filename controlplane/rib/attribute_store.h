#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/rib/intern_store.h"

namespace torii::rib {

// A node announces thousands of prefixes with a handful of attribute sets, and many nodes the same
// prefixes: a path holds a handle of eight octets.
using AttributeStore = InternStore<bgp::PathAttributes, bgp::PathAttributesHash>;
using Attributes = AttributeStore::Handle;

}  // namespace torii::rib
