# find_package(postsource CONFIG) defines the target postsource::postsource. With COMPONENTS inspector it also defines
# postsource::inspector.
include(${CMAKE_CURRENT_LIST_DIR}/postsource-targets.cmake)

foreach(component IN LISTS postsource_FIND_COMPONENTS)
  include(${CMAKE_CURRENT_LIST_DIR}/postsource-${component}-targets.cmake OPTIONAL
    RESULT_VARIABLE postsource_${component}_FOUND)
  if(NOT postsource_${component}_FOUND AND postsource_FIND_REQUIRED_${component})
    set(postsource_FOUND FALSE)
    set(postsource_NOT_FOUND_MESSAGE "postsource was installed without the component ${component}")
  endif()
endforeach()
