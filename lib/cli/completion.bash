
# Offers those of the words that begin with the current one. Of key=value the key alone is offered until it is written.
_mlps_words() {
    local hidden='*=?*'
    [[ $cur == *=* ]] && hidden='*='
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -X "$hidden" -W "$1" -- "$cur")
}

# Offers paths; the arguments are those of compgen.
_mlps_paths() {
    compopt -o filenames
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "$@" -- "$cur")
}

_mlps() {
    local text=${COMP_LINE:0:COMP_POINT} cur kind words word command= previous= flag= place=0
    local -a line
    COMPREPLY=()
    read -a line <<< "$text" # bash splits at = and : too; a backslash keeps a space inside of a word
    [[ $text == *[[:space:]] ]] && line+=("")
    cur=${line[${#line[@]} - 1]}
    for word in "${line[@]:1:${#line[@]} - 2}"; do
        if [[ -n $flag ]]; then
            flag=
        elif [[ $word == -* ]]; then
            _mlps_flag "$command:$word" && flag=$word
        elif [[ -z $command ]]; then
            command=$word
        else
            previous=$word
            place=$((place + 1))
        fi
    done
    if [[ -n $flag ]]; then
        _mlps_flag "$command:$flag"
    elif [[ $cur == --*=* ]]; then
        _mlps_flag "$command:${cur%%=*}" || return
        cur=${cur#*=}
    elif [[ $cur == -* ]]; then
        _mlps_flags "$command" && _mlps_words "$words"
        return
    else
        _mlps_argument "$command:$place" || return
    fi
    _mlps_complete "$kind"
    [[ ${#COMPREPLY[@]} == 1 && $COMPREPLY == *= ]] && compopt -o nospace
    # What is written up to the last = or : stays as it is where these separate words.
    local breaks=${COMP_WORDBREAKS//[^=:]/}
    if [[ -n $breaks && $cur == *[$breaks]* ]]; then
        local rest=${cur##*[$breaks]}
        COMPREPLY=("${COMPREPLY[@]#"${cur%"$rest"}"}")
    fi
}
complete -F _mlps mlps
