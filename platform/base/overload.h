#pragma once

namespace torii {

// std::visit(Overload{[](const A&) {}, [](const B&) {}}, variant)
template <class... Functions>
struct Overload : Functions... {
    using Functions::operator()...;
};
template <class... Functions>
Overload(Functions...) -> Overload<Functions...>;

}  // namespace torii
