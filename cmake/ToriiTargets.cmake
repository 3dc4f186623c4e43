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
    else()
        add_library(${name} INTERFACE)
        target_sources(${name} INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}
                                         FILES ${ARG_HEADERS})
        target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
        target_link_libraries(${name} INTERFACE ${ARG_DEPENDS})
    endif()
endfunction()

# torii_program(NAME SOURCES main.cpp DEPENDS ...)
function(torii_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE torii_warnings ${ARG_DEPENDS})
endfunction()
