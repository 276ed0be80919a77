# In the tests' sandbox: the program's functions are asked for over a pipe. Once there is no answer, the tests have failed.
exec 3<&0 4>&1 0</dev/null 1>&2 {said_}>&2
trap 'echo "the program ended before the tests did" >&2; exit 1' TERM
ask_() {
    local input_='' status_ output_
    [[ /dev/fd/0 -ef /dev/null ]] || { input_=$(cat; echo x); input_=${input_%x}; }
    printf '%s\0' "$#" "$@" "$input_" >&4
    { IFS= read -r -d '' -u 3 status_ && IFS= read -r -d '' -u 3 output_; } || { kill -TERM $$; exit 1; }
    printf %s "$output_"
    return "$status_"
}
# a command that is not there is no passed test; one that no program would define says nothing of the program
unusable_() { echo WORD >&$said_; exit 1; }
trap unusable_ USR1
command_not_found_handle() {
    echo "$1: command not found" >&2
    case $1 in
        TOOLS) kill -USR1 $$ ;;
        *) kill -TERM $$ ;;
    esac
    exit 127
}
bash -n "$0" || unusable_
