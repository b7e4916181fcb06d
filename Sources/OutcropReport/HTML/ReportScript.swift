/// The page's only script: it makes tables sortable by their headings, and shows the numbers of what a reader
/// points at, taps or reaches with the arrow keys. The page works without it too.
///
/// The script contains neither `<` nor `&`, so that the page is well-formed XML.
enum ReportScript {
  static let all = sorting + "\n" + tips

  private static let sorting = """
    document.querySelectorAll("table.sort").forEach(function(table){
    var body=table.tBodies[0],rows=Array.from(body.rows);
    var heads=Array.from(table.tHead.rows[table.tHead.rows.length-1].cells);
    function key(row,i){var cell=row.cells[i],v=cell.getAttribute("data-v");
    return v===null?cell.textContent:v==="inf"?Infinity:v==="-inf"?-Infinity:v===""?NaN:Number(v)}
    function compare(a,b){if(typeof a==="string"){return a.localeCompare(b,"en",{numeric:true})}
    return a>b?1:b>a?-1:0}
    function missing(v){return typeof v==="number"?isNaN(v):v==="–"}
    heads.forEach(function(head,i){
    var button=document.createElement("button");button.type="button";button.title="sort";
    while(head.firstChild){button.appendChild(head.firstChild)}
    head.appendChild(button);
    button.addEventListener("click",function(){
    var old=head.getAttribute("aria-sort"),now=old===null?"ascending":old==="ascending"?"descending":null;
    heads.forEach(function(h){h.removeAttribute("aria-sort")});
    if(now){head.setAttribute("aria-sort",now)}
    var sign=now==="descending"?-1:1,order=rows.slice();
    if(now){order.sort(function(r,s){var a=key(r,i),b=key(s,i);
    if(missing(a)||missing(b)){return (missing(a)?1:0)-(missing(b)?1:0)}
    return sign*compare(a,b)})}
    order.forEach(function(row){body.appendChild(row)})})})});
    """

  /// The nearest element with numbers within 14 pixels counts as pointed at, so that dots are easy to hit.
  private static let tips = """
    (function(){
    var tip=document.createElement("div"),now=null;tip.className="tip";tip.hidden=true;
    tip.setAttribute("role","status");document.body.appendChild(tip);
    function hide(){if(now){now.classList.remove("at")}now=null;tip.hidden=true}
    function show(mark){if(mark===now){return}hide();now=mark;mark.classList.add("at");
    tip.textContent=mark.getAttribute("data-t");tip.hidden=false;
    var box=mark.getBoundingClientRect(),room=document.documentElement.clientWidth-tip.offsetWidth-6;
    var top=box.top-tip.offsetHeight-9;
    tip.style.left=Math.max(6,Math.min(box.left+box.width/2-tip.offsetWidth/2,room))+"px";
    tip.style.top=(6>top?box.bottom+9:top)+"px"}
    document.querySelectorAll("svg.of").forEach(function(svg){
    var marks=Array.from(svg.querySelectorAll("[data-t]"));if(marks.length===0){return}
    function near(event){var found=event.target.closest("[data-t]"),least=14;
    if(found||marks.length>400){return found}
    marks.forEach(function(mark){var b=mark.getBoundingClientRect();
    var d=Math.hypot(event.clientX-b.left-b.width/2,event.clientY-b.top-b.height/2);
    if(least>d){least=d;found=mark}});return found}
    function point(event){var mark=near(event);if(mark){show(mark)}else{hide()}}
    svg.addEventListener("pointermove",point);svg.addEventListener("click",point);
    svg.addEventListener("pointerleave",hide);
    svg.setAttribute("tabindex","0");svg.addEventListener("blur",hide);
    svg.addEventListener("keydown",function(event){
    var step=event.key==="ArrowRight"||event.key==="ArrowDown"?1:
    event.key==="ArrowLeft"||event.key==="ArrowUp"?-1:0;
    if(event.key==="Escape"){hide()}
    if(step!==0){event.preventDefault();var i=marks.indexOf(now);
    show(marks[i===-1?0:(i+step+marks.length)%marks.length])}})});
    window.addEventListener("scroll",hide,{passive:true});
    document.addEventListener("click",function(event){
    if(now){if(event.target.closest("svg.of")===null){hide()}}});
    })();
    """
}
