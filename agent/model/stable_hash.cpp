#include "agent/model/stable_hash.h"

namespace torii::model {
namespace {

constexpr std::uint64_t kFnvOffset = 0xcbf29ce484222325;
constexpr std::uint64_t kFnvPrime = 0x100000001b3;

// FNV leaves the high bits of short texts alike: the finalizer of MurmurHash3 spreads them.
std::uint64_t mixed(std::uint64_t hash) {
    hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccd;
    hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53;
    return hash ^ (hash >> 33U);
}

}  // namespace

std::uint64_t stable_hash(std::string_view text, std::uint64_t seed) {
    std::uint64_t hash = kFnvOffset ^ mixed(seed);
    for (const char letter : text) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * kFnvPrime;
    }
    return mixed(hash);
}

}  // namespace torii::model
