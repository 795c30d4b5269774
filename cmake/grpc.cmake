# The target tideover_grpc: gRPC with what it needs, to link with. The API is on a Unix-domain
# socket, so nothing of gRPC's TLS is needed.
#
# With TIDEOVER_STATIC_GRPC gRPC, abseil and Protobuf are linked in from their archives, everywhere
# in this tree, so that there is one copy of each: some 50 libraries fewer to load, of which only
# what is called gets into memory. The others (OpenSSL, curl and what they need) stay shared. OFF is
# for packages of a distribution that updates the libraries by themselves, and is what is done where
# the archives are not installed.

include_guard()

option(TIDEOVER_STATIC_GRPC "Link gRPC, abseil and Protobuf in from their archives" ON)

# Lets `result` be the properties that say where the imported `target` is.
function(tideover_locations_of target result)
  set(properties)
  get_target_property(configs ${target} IMPORTED_CONFIGURATIONS)
  foreach(config IN LISTS configs ITEMS "")
    string(REGEX REPLACE "_$" "" property "IMPORTED_LOCATION_${config}")
    get_target_property(library ${target} ${property})
    if(library)
      list(APPEND properties ${property})
    endif()
  endforeach()
  set(${result} ${properties} PARENT_SCOPE)
endfunction()

# Lets `result` be the archive beside the shared library that `target` is imported from; empty when
# it has no library at all, NOTFOUND when there is no archive.
function(tideover_archive_of target result)
  set(archive)
  tideover_locations_of(${target} properties)
  foreach(property IN LISTS properties)
    get_target_property(library ${target} ${property})
    string(REGEX REPLACE "\\.(so[.0-9]*|a)$" ".a" archive "${library}")
    if(NOT EXISTS "${archive}")
      set(archive NOTFOUND)
      break()
    endif()
  endforeach()
  set(${result} "${archive}" PARENT_SCOPE)
endfunction()

# Adds to the list `found` the targets of gRPC, abseil and Protobuf that linking `target` takes.
function(tideover_needed_by target found)
  set(list ${${found}})
  if(target IN_LIST list)
    return()
  endif()
  list(APPEND list ${target})
  get_target_property(needs ${target} INTERFACE_LINK_LIBRARIES)
  foreach(need IN LISTS needs)
    if(need MATCHES "^(absl|gRPC|protobuf)::" AND TARGET ${need})
      tideover_needed_by(${need} list)
    endif()
  endforeach()
  set(${found} ${list} PARENT_SCOPE)
endfunction()

add_library(tideover_grpc INTERFACE)
set(needed)
if(TIDEOVER_STATIC_GRPC)
  foreach(target gRPC::grpc++_unsecure absl::any_invocable absl::status absl::statusor)
    tideover_needed_by(${target} needed)
  endforeach()
  foreach(target IN LISTS needed ITEMS gRPC::grpc++_reflection)
    tideover_archive_of(${target} archive)
    if(archive STREQUAL NOTFOUND)
      message(STATUS "gRPC is linked dynamically: there is no archive for ${target}")
      set(needed)
      break()
    endif()
  endforeach()
endif()

if(needed)
  foreach(target IN LISTS needed)
    tideover_archive_of(${target} archive)
    tideover_locations_of(${target} properties)
    foreach(property IN LISTS properties)
      set_target_properties(${target} PROPERTIES ${property} "${archive}")
    endforeach()
  endforeach()
  # Its imported target would bring the gRPC with TLS along, and so a second one.
  tideover_archive_of(gRPC::grpc++_reflection archive)
  target_link_libraries(tideover_grpc INTERFACE ${archive} gRPC::grpc++_unsecure)
else()
  target_link_libraries(tideover_grpc INTERFACE gRPC::grpc++_reflection gRPC::grpc++)
endif()
