# find_package(hydrophone CONFIG): the target hydrophone::hydrophone, wherever this folder lies.
get_filename_component(_hydrophone_root "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET hydrophone::hydrophone)
    add_library(hydrophone::hydrophone SHARED IMPORTED)
    set_target_properties(hydrophone::hydrophone PROPERTIES
        IMPORTED_LOCATION "${_hydrophone_root}/lib/@HYDROPHONE_SONAME@"
        IMPORTED_SONAME "@HYDROPHONE_SONAME@"
        INTERFACE_INCLUDE_DIRECTORIES "${_hydrophone_root}/include")
endif()
unset(_hydrophone_root)
