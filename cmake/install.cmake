# `cmake --install` installs the libraries, their headers and a package for find_package(postsource CONFIG). The
# inspector is a component of the package.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/postsource)

install(TARGETS postsource EXPORT postsource ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT postsource FILE postsource-targets.cmake NAMESPACE postsource:: DESTINATION ${package_folder})
install(DIRECTORY src/postsource DESTINATION include
  FILES_MATCHING PATTERN "*.h" PATTERN newline_scanner.h EXCLUDE PATTERN inspector EXCLUDE)

if(POSTSOURCE_INSPECTOR)
  install(TARGETS postsource_inspector EXPORT postsource_inspector ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT postsource_inspector FILE postsource-inspector-targets.cmake NAMESPACE postsource::
    DESTINATION ${package_folder})
  foreach(header findings inspector inspector_json rules)
    install(FILES src/postsource/inspector/${header}.h DESTINATION include/postsource/inspector)
  endforeach()
endif()

# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/postsource-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES cmake/postsource-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/postsource-config-version.cmake
  DESTINATION ${package_folder})
