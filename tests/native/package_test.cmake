# Installs the build in BUILD into an empty folder, and builds and runs the project in package/ against it, with every
# compiler of COMPILERS that there is: `cmake -DBUILD=... -DCOMPILERS=... -P package_test.cmake`.
set(folder ${BUILD}/package_test)

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
endfunction()

file(REMOVE_RECURSE ${folder})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${folder}/installed)
foreach(compiler IN LISTS COMPILERS)
  find_program(found ${compiler} NO_CACHE)
  if(found)
    run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/package -B ${folder}/${compiler} -G Ninja
      -DCMAKE_PREFIX_PATH=${folder}/installed -DCMAKE_CXX_COMPILER=${found})
    run(${CMAKE_COMMAND} --build ${folder}/${compiler})
    run(${folder}/${compiler}/postsource_user)
  endif()
  unset(found)
endforeach()
