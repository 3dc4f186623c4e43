"""Small faults in what roles and rules of a session make of routes."""

from mutations.mutation import of

ROLE = of(
    "controlplane/bgp/role.cpp",
    ("a provider's peer is its peer", "Role::provider: return theirs == Role::customer;",
     "Role::provider: return theirs == Role::peer;"),
    ("a route server has customers", "Role::rs_server: return theirs == Role::rs_client;",
     "Role::rs_server: return theirs == Role::customer;"),
    ("an equal may be anything", "Role::peer: return theirs == Role::peer;",
     "Role::peer: return true;"),
)

DIRECTION = of(
    "controlplane/bgp/role.h",
    ("what an equal announces goes up", "ours == Role::rs_client || ours == Role::peer;",
     "ours == Role::rs_client;"),
    ("what an equal is told may go up from there", "ours == Role::rs_server || ours == Role::peer;",
     "ours == Role::rs_server;"),
)

IMPORT = of(
    "controlplane/rib/import_rules.cpp",
    ("the first AS is always enforced", "rules.external && rules.enforce_first_as;",
     "rules.external;"),
    ("what leaks is used",
     "    if (leaked(attributes, rules)) return ImportVerdict::route_leak;\n", ""),
    ("an equal may pass on what is another's",
     "return bgp::Asn{ByteReader(mark).u32()} != rules.remote_as;", "return false;"),
    ("an equal may not mark its own",
     "return bgp::Asn{ByteReader(mark).u32()} != rules.remote_as;", "return true;"),
    ("a mark is made anew", "return mark.empty() ? std::optional(rules.remote_as) : std::nullopt;",
     "return rules.remote_as;"),
)

EXPORT = of(
    "controlplane/rib/export_rules.cpp",
    ("what came from above goes up", "rules.policy_missing || would_leak(attributes, rules)",
     "rules.policy_missing"),
    ("what goes down is not marked", "only_to_customer_due_ = rules.local_as;\n", ""),
    ("a mark stands twice", "if (listed.type == AttributeType::only_to_customer) "
     "only_to_customer_due_.reset();\n", ""),
)

ROUTES = ROLE + DIRECTION + IMPORT + EXPORT
