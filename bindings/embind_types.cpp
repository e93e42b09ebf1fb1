// In place of embind's own bind.cpp, which registers strings, floats, memory views and values that nothing
// here is bound with: half of the module's JavaScript would be there to convert them. These are the three
// functions that embind's headers call, and the types of module.cpp.

#include <emscripten/bind.h>
#include <emscripten/wire.h>

#include <cstdint>
#include <limits>
#include <typeinfo>

namespace {

emscripten::internal::InitFunc* first = nullptr;

template <typename T>
void register_integer(const char* name) {
  using namespace emscripten::internal;
  _embind_register_integer(TypeID<T>::get(), name, sizeof(T), std::numeric_limits<T>::min(),
                           std::numeric_limits<T>::max());
}

}  // namespace

extern "C" {

/// Names a type that is not registered, for the error message: there is none.
const char* __getTypeName(const std::type_info*) { return nullptr; }

void _embind_register_bindings(emscripten::internal::InitFunc* bindings) {
  bindings->next = first;
  first = bindings;
}

void _embind_initialize_bindings() {
  for (const emscripten::internal::InitFunc* at = first; at != nullptr; at = at->next) at->init_func();
}

void _emval_coro_resume(emscripten::val::awaiter*, emscripten::EM_VAL) {}
void _emval_coro_reject(emscripten::val::awaiter*, emscripten::EM_VAL) {}
}

EMSCRIPTEN_BINDINGS(types) {
  using namespace emscripten::internal;
  _embind_register_void(TypeID<void>::get(), "void");
  register_integer<std::uint32_t>("unsigned int");
  register_integer<std::uintptr_t>("unsigned long");
}
