#include "mgmt/server/log_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace torii::mgmt {
namespace {

namespace fs = std::filesystem;

// Of one file; what is longer ago nobody asks a shell for.
constexpr std::streamoff kTailMax = std::streamoff{8} * 1024 * 1024;
constexpr std::size_t kLineAbout = 200;

// The last lines of a file, the whole ones of its end.
std::vector<std::string> tail(const std::string& path, std::size_t count) {
    std::ifstream file(path, std::ios::binary);
    if (!file.seekg(0, std::ios::end)) return {};
    const std::streamoff size = file.tellg();
    const auto wanted = static_cast<std::streamoff>(count * kLineAbout);
    const std::streamoff from = std::max<std::streamoff>(0, size - std::min(wanted, kTailMax));
    file.seekg(from);
    std::vector<std::string> lines;
    std::string line;
    if (from != 0) std::getline(file, line);
    while (std::getline(file, line)) lines.push_back(std::move(line));
    if (lines.size() > count)
        lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
    return lines;
}

// When a line was said; one that goes on another has that one's time.
void stamp(std::vector<std::pair<std::string, std::string>>& out, std::vector<std::string> lines) {
    constexpr std::size_t kStampSize = 23;  // 2026-01-02T10:14:55.123
    std::string now;
    for (std::string& line : lines) {
        const bool stamped = line.size() > kStampSize && line[4] == '-' && line[10] == 'T';
        if (stamped) now = line.substr(0, kStampSize);
        out.emplace_back(now, std::move(line));
    }
}

}  // namespace

std::vector<std::string> log_files(const std::string& run_dir) {
    std::vector<std::string> out;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(run_dir, error)) {
        std::error_code bad;
        if (entry.path().extension() == ".log" && entry.is_regular_file(bad)) {
            out.push_back(entry.path());
        }
    }
    std::ranges::sort(out);
    return out;
}

std::string last_lines(const std::vector<std::string>& files, std::size_t count) {
    std::vector<std::pair<std::string, std::string>> lines;
    for (const std::string& file : files) stamp(lines, tail(file, count));
    std::ranges::stable_sort(lines, {}, [](const auto& line) { return line.first; });
    std::string out;
    const std::size_t first = lines.size() > count ? lines.size() - count : 0;
    for (std::size_t index = first; index < lines.size(); ++index) {
        out += lines[index].second + "\n";
    }
    return out;
}

}  // namespace torii::mgmt
