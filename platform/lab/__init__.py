"""The lab: the router, three nodes, their pods and a client on one machine, in network namespaces."""
