# What every library and program of the tree has in common.

# Warnings are errors in our own code. Generated code and third-party headers do not link to this.
add_library(torii_warnings INTERFACE)
target_compile_options(torii_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
target_include_directories(torii_warnings INTERFACE ${PROJECT_SOURCE_DIR})

# Hardening that costs next to nothing (robustness: R19); sanitizers bring their own checks.
if(TORII_SANITIZE)
    add_compile_options(-fsanitize=${TORII_SANITIZE} -fno-omit-frame-pointer
                        -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${TORII_SANITIZE})
else()
    add_compile_options(-fstack-protector-strong)
    add_link_options(-Wl,-z,relro,-z,now)
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-D_GLIBCXX_ASSERTIONS> -D_FORTIFY_SOURCE=2)
    endif()
endif()

# The standard library and fmt are most of what a file costs to compile: read them once for all
# libraries, once for all programs (their code is position independent in another way) and once, with
# GoogleTest, for all tests. Only with g++: the clang preset proves that each file includes what it
# uses. Boost, protobuf and DPDK stay out: who includes them is to be seen in the file.
option(TORII_PCH "Precompile the standard headers (g++)" ON)
if(TORII_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(TORII_PCH_HEADERS <algorithm> <array> <chrono> <cstdint> <functional> <map> <memory>
        <optional> <set> <span> <string> <string_view> <unordered_map> <utility> <variant> <vector>
        <fmt/format.h> <tl/expected.hpp>)
    # Lets ccache see what is in them.
    target_compile_options(torii_warnings INTERFACE -fpch-preprocess)
    # What g++ 12 thinks it sees in std::string (GCC bug 105651) it otherwise keeps to itself, as it
    # does all of system headers.
    target_compile_options(torii_warnings INTERFACE
        -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict)
    file(WRITE ${PROJECT_BINARY_DIR}/pch.cpp "")
    file(WRITE ${PROJECT_BINARY_DIR}/pch_main.cpp "int main() {}\n")
    add_library(torii_library_pch OBJECT ${PROJECT_BINARY_DIR}/pch.cpp)
    add_executable(torii_program_pch EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/pch_main.cpp)
    foreach(target IN ITEMS torii_library_pch torii_program_pch)
        target_link_libraries(${target} PRIVATE torii_warnings fmt::fmt)
        target_precompile_headers(${target} PRIVATE ${TORII_PCH_HEADERS})
    endforeach()
endif()

# torii_precompiled(TARGET FROM): TARGET starts with what FROM has read. With TORII_NO_PCH set in the
# folder, or another compiler, it reads everything itself.
function(torii_precompiled target from)
    if(TARGET ${from} AND NOT TORII_NO_PCH)
        target_precompile_headers(${target} REUSE_FROM ${from})
    endif()
endfunction()

# torii_library(NAME SOURCES a.cpp HEADERS a.h DEPENDS public... PRIVATE private...)
# One library per folder, named after it. Headers are included from the project root.
function(torii_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;DEPENDS;PRIVATE" ${ARGN})
    if(ARG_SOURCES)
        add_library(${name} STATIC ${ARG_SOURCES})
        target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}
                                      FILES ${ARG_HEADERS})
        target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
        target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE torii_warnings ${ARG_PRIVATE})
        torii_precompiled(${name} torii_library_pch)
    else()
        add_library(${name} INTERFACE)
        target_sources(${name} INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}
                                         FILES ${ARG_HEADERS})
        target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
        target_link_libraries(${name} INTERFACE ${ARG_DEPENDS})
    endif()
endfunction()

# torii_program(NAME SOURCES main.cpp DEPENDS ...)
# What ships, without the tests: cmake --build ... --target programs
add_custom_target(programs)

function(torii_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE torii_warnings ${ARG_DEPENDS})
    torii_precompiled(${name} torii_program_pch)
    # Those of tests are called as libraries are.
    if(NOT name MATCHES _)
        add_dependencies(programs ${name})
    endif()
endfunction()
