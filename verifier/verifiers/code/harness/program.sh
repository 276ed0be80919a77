# In the program's sandbox: calls the program's functions for tests that live in another. A request is the number of words
# of a call, the words, and what is on its standard input, each ended by a NUL; the answer is its exit status, and its output.
exec 3<&0 4>&1 0</dev/null 1>&2
source ./program_.sh
exec 0</dev/null 1>&2
while IFS= builtin read -r -d '' -u 3 count_; do
    words_=()
    for ((; count_ > 0; count_--)); do
        IFS= builtin read -r -d '' -u 3 word_
        words_+=("$word_")
    done
    IFS= builtin read -r -d '' -u 3 input_
    output_=$(set +e; (builtin exec 3<&- 4>&-; "${words_[@]}") < <(builtin printf %s "$input_"); builtin echo "x$?")
    builtin printf '%s\0%s\0' "${output_##*x}" "${output_%x*}" >&4
done
