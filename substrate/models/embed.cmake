# Writes the texts of the model files as C strings: -DFILES=a;b -DOUTPUT=model_registry.c
set(entries "")
list(SORT FILES)
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n     \"" text "${text}")
  string(APPEND entries "    {\"${name}\",\n     \"${text}\"},\n")
endforeach()
file(WRITE ${OUTPUT}
"/* Generated from the files of substrate/models; do not edit. */
#include \"substrate/model.h\"

/* A model is one string, longer than the standard promises. */
#ifdef __GNUC__
#pragma GCC diagnostic ignored \"-Woverlength-strings\"
#endif

const e2l_model_text e2l_model_texts[] = {
${entries}    {NULL, NULL}};
const size_t e2l_n_model_texts = sizeof e2l_model_texts / sizeof *e2l_model_texts - 1;
")
