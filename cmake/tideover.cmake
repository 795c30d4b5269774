# The two functions that every target of this tree is made with, so that the layer graph can be read
# from the DEPS lines of the modules' CMakeLists.txt files.

include_guard()

# Warnings for our own code; generated code and third-party headers come in as SYSTEM.
add_library(tideover_warnings INTERFACE)
target_compile_options(tideover_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  $<$<BOOL:${TIDEOVER_WERROR}>:-Werror>
  # g++ 12 warns falsely at -O2 under C++20: about std::string = "literal" (GCC bug 105651) and about
  # std::optional (GCC bug 80635). clang and the sanitizers look for the real thing.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)

# One module: tideover_module(NAME log SOURCES a.cc a.h DEPS store PRIVATE_LIBS PkgConfig::LMDB
#                             PUBLIC_LIBS absl::statusor)
# DEPS are modules of lower levels; PRIVATE_LIBS is the library whose one home this module is.
function(tideover_module)
  cmake_parse_arguments(M "" "NAME" "SOURCES;DEPS;PRIVATE_LIBS;PUBLIC_LIBS" ${ARGN})
  set(target tideover_${M_NAME})
  add_library(${target} STATIC ${M_SOURCES})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/daemon)
  foreach(dep IN LISTS M_DEPS)
    target_link_libraries(${target} PUBLIC tideover_${dep})
  endforeach()
  target_link_libraries(${target} PUBLIC ${M_PUBLIC_LIBS} PRIVATE ${M_PRIVATE_LIBS} tideover_warnings)
endfunction()

# One test binary: tideover_test(log_test SOURCES a_test.cc DEPS log support)
function(tideover_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;DEPS;LIBS;LABELS" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  foreach(dep IN LISTS T_DEPS)
    target_link_libraries(${name} PRIVATE tideover_${dep})
  endforeach()
  target_link_libraries(${name} PRIVATE ${T_LIBS} GTest::gtest_main GTest::gmock tideover_warnings)
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  if(NOT T_LABELS)
    set(T_LABELS unit)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS "${T_LABELS}")
endfunction()
